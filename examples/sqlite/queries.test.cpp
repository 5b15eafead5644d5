// Queries with known answers: joins, grouping, subqueries, set operations, windows, recursion, views, plans.
#include <pyharness/test.hpp>
#include <string>
#include <vector>

#include "database.hpp"

namespace {

/// A small firm: four people in two of three departments.
struct Firm : Database {
  Firm() {
    run("CREATE TABLE department (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE person (name TEXT, department INTEGER, pay INTEGER, boss TEXT);"
        "INSERT INTO department VALUES (1, 'ship'), (2, 'shop'), (3, 'store');"
        "INSERT INTO person VALUES ('ann', 1, 50, NULL), ('bob', 1, 30, 'ann'),"
        "('cid', 2, 40, 'ann'), ('dee', NULL, 30, 'cid')");
  }
};

struct Question {
  std::string name;
  std::string sql;
  std::string answer;
};

std::ostream& operator<<(std::ostream& out, const Question& question) { return out << question.name; }

std::vector<Question> joins() {
  return {
      {"inner", "SELECT p.name, d.name FROM person p JOIN department d ON d.id = p.department ORDER BY 1",
       "ann|ship;bob|ship;cid|shop"},
      {"left", "SELECT p.name, d.name FROM person p LEFT JOIN department d ON d.id = p.department ORDER BY 1",
       "ann|ship;bob|ship;cid|shop;dee|NULL"},
      {"right", "SELECT p.name, d.name FROM person p RIGHT JOIN department d ON d.id = p.department ORDER BY d.id, 1",
       "ann|ship;bob|ship;cid|shop;NULL|store"},
      {"full", "SELECT p.name, d.name FROM person p FULL JOIN department d ON d.id = p.department ORDER BY 1, 2",
       "NULL|store;ann|ship;bob|ship;cid|shop;dee|NULL"},
      {"cross", "SELECT count(*) FROM person, department", "12"},
      {"self", "SELECT p.name, b.name FROM person p JOIN person b ON b.name = p.boss WHERE p.pay < b.pay ORDER BY 1",
       "bob|ann;cid|ann;dee|cid"},
      {"natural", "SELECT count(*) FROM department a NATURAL JOIN department b", "3"},
      {"using", "SELECT id FROM department a JOIN (SELECT 2 AS id) b USING (id)", "2"},
      {"exists", "SELECT name FROM department d WHERE NOT EXISTS (SELECT 1 FROM person WHERE department = d.id)",
       "store"},
  };
}

std::vector<Question> groups() {
  return {
      {"count of rows and of values", "SELECT count(*), count(department), count(DISTINCT department) FROM person",
       "4|3|2"},
      {"sum, average, extremes", "SELECT sum(pay), avg(pay), min(pay), max(pay) FROM person", "150|37.5|30|50"},
      {"of nothing", "SELECT count(*), sum(pay), total(pay), max(pay) FROM person WHERE 0", "0|NULL|0.0|NULL"},
      {"per group", "SELECT department, sum(pay) FROM person GROUP BY department ORDER BY 1", "NULL|30;1|80;2|40"},
      {"having", "SELECT department FROM person GROUP BY department HAVING count(*) > 1", "1"},
      {"joined texts", "SELECT group_concat(name, '+') FROM (SELECT name FROM person ORDER BY name DESC)",
       "dee+cid+bob+ann"},
      {"row of the maximum", "SELECT name, max(pay) FROM person", "ann|50"},
      {"filter", "SELECT count(*) FILTER (WHERE pay > 30) FROM person", "2"},
  };
}

std::vector<Question> sets_and_orders() {
  return {
      {"union", "SELECT 1 UNION SELECT 2 UNION SELECT 1 ORDER BY 1", "1;2"},
      {"union all", "SELECT 1 UNION ALL SELECT 1", "1;1"},
      {"intersection", "VALUES (1), (2) INTERSECT VALUES (2), (3)", "2"},
      {"difference", "VALUES (1), (2) EXCEPT VALUES (2), (3)", "1"},
      {"nulls last", "SELECT department FROM person ORDER BY department NULLS LAST", "1;1;2;NULL"},
      {"limit and offset", "SELECT name FROM person ORDER BY name LIMIT 2 OFFSET 1", "bob;cid"},
      {"row values", "SELECT (1, 2) < (1, 3), (2, 1) IN (VALUES (1, 1), (2, 1))", "1|1"},
      {"like and glob", "SELECT 'Ann' LIKE 'a%', 'Ann' GLOB 'a*', 'a%c' LIKE 'a!%_' ESCAPE '!'", "1|0|1"},
      {"between", "SELECT name FROM person WHERE pay BETWEEN 31 AND 40", "cid"},
      {"case", "SELECT CASE pay WHEN 50 THEN 'high' WHEN 40 THEN 'mid' ELSE 'low' END FROM person ORDER BY name",
       "high;low;mid;low"},
  };
}

std::vector<Question> windows() {
  return {
      {"row numbers", "SELECT name, row_number() OVER (ORDER BY pay DESC, name) FROM person ORDER BY name",
       "ann|1;bob|3;cid|2;dee|4"},
      {"ranks", "SELECT name, rank() OVER w, dense_rank() OVER w FROM person WINDOW w AS (ORDER BY pay) ORDER BY name",
       "ann|4|3;bob|1|1;cid|3|2;dee|1|1"},
      {"running sum", "SELECT name, sum(pay) OVER (ORDER BY name) FROM person", "ann|50;bob|80;cid|120;dee|150"},
      {"per partition", "SELECT name, sum(pay) OVER (PARTITION BY department) FROM person ORDER BY name",
       "ann|80;bob|80;cid|40;dee|30"},
      {"neighbours",
       "SELECT name, lag(name) OVER w, lead(name, 1, 'end') OVER w FROM person WINDOW w AS (ORDER BY name)",
       "ann|NULL|bob;bob|ann|cid;cid|bob|dee;dee|cid|end"},
      {"first and last",
       "SELECT DISTINCT first_value(name) OVER w, last_value(name) OVER w FROM person "
       "WINDOW w AS (ORDER BY name ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
       "ann|dee"},
      {"halves", "SELECT name, ntile(2) OVER (ORDER BY name) FROM person", "ann|1;bob|1;cid|2;dee|2"},
      {"without the current row",
       "SELECT sum(pay) OVER (ORDER BY name ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING "
       "EXCLUDE CURRENT ROW) FROM person ORDER BY name",
       "100;120;110;120"},
      {"range by value",
       "SELECT name, count(*) OVER (ORDER BY pay RANGE BETWEEN 10 PRECEDING AND CURRENT ROW) FROM person ORDER BY name",
       "ann|2;bob|2;cid|3;dee|2"},
  };
}

std::vector<Question> recursions() {
  return {
      {"numbers",
       "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT sum(i) FROM n", "5050"},
      {"fibonacci",
       "WITH RECURSIVE f (a, b) AS (VALUES (0, 1) UNION ALL SELECT b, a + b FROM f LIMIT 10) "
       "SELECT group_concat(a, ' ') FROM f",
       "0 1 1 2 3 5 8 13 21 34"},
      {"tree",
       "WITH RECURSIVE under (name, depth) AS (VALUES ('ann', 0) UNION ALL SELECT p.name, depth + 1 FROM person p "
       "JOIN under u ON p.boss = u.name) SELECT name, depth FROM under ORDER BY depth, name",
       "ann|0;bob|1;cid|1;dee|2"},
      {"cycle cut by UNION",
       "WITH RECURSIVE c (i) AS (VALUES (0) UNION SELECT (i + 1) % 3 FROM c) SELECT count(*) FROM c", "3"},
  };
}

}  // namespace

TEST_EACH("joins", (const Question& question), joins(), "join") { CHECK(Firm().rows(question.sql) == question.answer); }

TEST_EACH("aggregates", (const Question& question), groups(), "aggregate") {
  CHECK(Firm().rows(question.sql) == question.answer);
}

TEST_EACH("sets and orders", (const Question& question), sets_and_orders(), "set") {
  CHECK(Firm().rows(question.sql) == question.answer);
}

TEST_EACH("windows", (const Question& question), windows(), "window") {
  CHECK(Firm().rows(question.sql) == question.answer);
}

TEST_EACH("recursion", (const Question& question), recursions(), "recursion") {
  CHECK(Firm().rows(question.sql) == question.answer);
}

TEST_F(Firm, "RETURNING gives back what changed", "returning") {
  CHECK(rows("UPDATE person SET pay = pay + 1 WHERE pay = 30 RETURNING name, pay") == "bob|31;dee|31");
  CHECK(rows("DELETE FROM person WHERE name = 'dee' RETURNING boss") == "cid");
}

TEST_F(Firm, "UPDATE may take values from another table", "update") {
  run("UPDATE person SET pay = 0 FROM department d WHERE d.id = department AND d.name = 'ship'");
  CHECK(rows("SELECT pay FROM person ORDER BY name") == "0;0;40;30");
}

TEST_F(Firm, "a view follows its table, and a trigger lets it be written", "view") {
  run("CREATE VIEW ship AS SELECT name FROM person WHERE department = 1");
  CHECK(code_of("INSERT INTO ship VALUES ('eve')") == SQLITE_ERROR);
  run("CREATE TRIGGER hire INSTEAD OF INSERT ON ship BEGIN INSERT INTO person (name, department) VALUES (new.name, 1); "
      "END");
  run("INSERT INTO ship VALUES ('eve')");
  CHECK(rows("SELECT name FROM ship ORDER BY name") == "ann;bob;eve");
}

TEST_F(Firm, "triggers see old and new values", "trigger") {
  run("CREATE TABLE log (line); CREATE TRIGGER t AFTER UPDATE OF pay ON person WHEN new.pay > old.pay "
      "BEGIN INSERT INTO log VALUES (new.name || ' ' || old.pay || '->' || new.pay); END");
  run("UPDATE person SET pay = 45 WHERE name IN ('ann', 'cid')");
  CHECK(rows("SELECT line FROM log") == "cid 40->45");
}

TEST_F(Firm, "an index is used for equality, a scan without one", "plan") {
  const std::string plan = "EXPLAIN QUERY PLAN SELECT pay FROM person WHERE name = 'ann'";
  CHECK(rows(plan).find("SCAN person") != std::string::npos);
  run("CREATE INDEX by_name ON person (name)");
  CHECK(rows(plan).find("USING INDEX by_name") != std::string::npos);
}

TEST_EACH("an index changes no answer", (const char* condition),
          values("pay > 30", "pay = 30 OR name = 'ann'", "boss IS NULL", "name LIKE 'a%'",
                 "pay IN (30, 50) AND boss = 'ann'"),
          "plan") {
  Firm firm;
  const std::string sql = std::string("SELECT name FROM person WHERE ") + condition + " ORDER BY name";
  const std::string without = firm.rows(sql);
  firm.run("CREATE INDEX a ON person (pay); CREATE INDEX b ON person (name); CREATE INDEX c ON person (boss); ANALYZE");
  CHECK(firm.rows(sql) == without);
}

TEST("full-text search finds words and ranks them", "fts") {
  if (sqlite3_compileoption_used("ENABLE_FTS5") == 0) {
    SKIP("SQLite was built without FTS5");
  }
  Database database;
  database.run(
      "CREATE VIRTUAL TABLE note USING fts5 (body);"
      "INSERT INTO note VALUES ('a quick test'), ('slow and slow again'), ('quick quick slow')");
  CHECK(database.rows("SELECT rowid FROM note WHERE note MATCH 'quick AND slow'") == "3");
  CHECK(database.rows("SELECT rowid FROM note WHERE note MATCH 'slow' ORDER BY rank LIMIT 1") == "2");
}
