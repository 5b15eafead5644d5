// Constraints: which statements they refuse, with which extended code, and which they let through.
#include <pyharness/test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "database.hpp"

namespace {

struct Violation {
  std::string name;
  std::string schema;
  std::string statement;
  int extended_code;
};

std::ostream& operator<<(std::ostream& out, const Violation& violation) { return out << violation.name; }

std::vector<Violation> violations() {
  return {
      {"unique", "CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)",
       SQLITE_CONSTRAINT_UNIQUE},
      {"unique pair", "CREATE TABLE t (a, b, UNIQUE (a, b)); INSERT INTO t VALUES (1, 2)",
       "INSERT INTO t VALUES (1, 2)", SQLITE_CONSTRAINT_UNIQUE},
      {"unique without case", "CREATE TABLE t (a TEXT COLLATE NOCASE UNIQUE); INSERT INTO t VALUES ('Word')",
       "INSERT INTO t VALUES ('wORD')", SQLITE_CONSTRAINT_UNIQUE},
      {"unique expression", "CREATE TABLE t (a); CREATE UNIQUE INDEX i ON t (abs(a)); INSERT INTO t VALUES (-3)",
       "INSERT INTO t VALUES (3)", SQLITE_CONSTRAINT_UNIQUE},
      {"row id", "CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (1, 1)", "INSERT INTO t (rowid, a) VALUES (1, 2)",
       SQLITE_CONSTRAINT_ROWID},
      {"integer primary key", "CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)",
       "INSERT INTO t VALUES (1)", SQLITE_CONSTRAINT_PRIMARYKEY},
      {"text primary key", "CREATE TABLE t (a TEXT PRIMARY KEY); INSERT INTO t VALUES ('x')",
       "INSERT INTO t VALUES ('x')", SQLITE_CONSTRAINT_PRIMARYKEY},
      {"null in a primary key without row id", "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID",
       "INSERT INTO t VALUES (NULL)", SQLITE_CONSTRAINT_NOTNULL},
      {"not null", "CREATE TABLE t (a NOT NULL)", "INSERT INTO t VALUES (NULL)", SQLITE_CONSTRAINT_NOTNULL},
      {"not null on update", "CREATE TABLE t (a NOT NULL); INSERT INTO t VALUES (1)", "UPDATE t SET a = NULL",
       SQLITE_CONSTRAINT_NOTNULL},
      {"check of a column", "CREATE TABLE t (a CHECK (a > 0))", "INSERT INTO t VALUES (0)", SQLITE_CONSTRAINT_CHECK},
      {"check across columns", "CREATE TABLE t (a, b, CHECK (a < b)); INSERT INTO t VALUES (1, 2)",
       "UPDATE t SET b = 1", SQLITE_CONSTRAINT_CHECK},
      {"type in a strict table", "CREATE TABLE t (a INTEGER) STRICT", "INSERT INTO t VALUES ('word')",
       SQLITE_CONSTRAINT_DATATYPE},
      {"text as integer primary key", "CREATE TABLE t (a INTEGER PRIMARY KEY)", "INSERT INTO t VALUES ('word')",
       SQLITE_MISMATCH},
      {"trigger",
       "CREATE TABLE t (a); CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'kept'); END;"
       "INSERT INTO t VALUES (1)",
       "DELETE FROM t", SQLITE_CONSTRAINT_TRIGGER},
      {"missing parent", "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a REFERENCES p)",
       "INSERT INTO t VALUES (1)", SQLITE_CONSTRAINT_FOREIGNKEY},
  };
}

}  // namespace

TEST_EACH("refuses a violation", (const Violation& violation), violations(), "error") {
  Database database;
  database.run("PRAGMA foreign_keys = ON; " + violation.schema);
  CHECK(database.code_of(violation.statement) == violation.extended_code);
  CHECK(sqlite3_errcode(database.get()) == (violation.extended_code & 0xff));
}

TEST_EACH("the message names the column or the constraint", (std::string statement, std::string message),
          values(std::pair<std::string, std::string>("INSERT INTO t VALUES (1, 1)", "UNIQUE constraint failed: t.a"),
                 std::pair("INSERT INTO t VALUES (2, NULL)", "NOT NULL constraint failed: t.b"),
                 std::pair("INSERT INTO t VALUES (2, -1)", "CHECK constraint failed: positive")),
          "error") {
  Database database;
  database.run("CREATE TABLE t (a UNIQUE, b NOT NULL CONSTRAINT positive CHECK (b > 0)); INSERT INTO t VALUES (1, 1)");
  database.code_of(statement);
  CHECK(sqlite3_errmsg(database.get()) == message);
}

TEST_F(Database, "nulls are never equal for UNIQUE", "null") {
  run("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (NULL), (NULL)");
  CHECK(number("SELECT count(*) FROM t") == 2);
}

TEST_F(Database, "a check that comes to NULL passes", "null") {
  run("CREATE TABLE t (a CHECK (a > 0)); INSERT INTO t VALUES (NULL)");
  CHECK(number("SELECT count(*) FROM t") == 1);
}

TEST_F(Database, "a partial unique index covers only its rows", "index") {
  run("CREATE TABLE t (a, active); CREATE UNIQUE INDEX i ON t (a) WHERE active; INSERT INTO t VALUES (1, 0), (1, 0), "
      "(1, 1)");
  CHECK(code_of("INSERT INTO t VALUES (1, 1)") == SQLITE_CONSTRAINT_UNIQUE);
}

TEST_F(Database, "a unique index cannot be made over doubles", "index", "error") {
  run("CREATE TABLE t (a); INSERT INTO t VALUES (1), (1)");
  CHECK(code_of("CREATE UNIQUE INDEX i ON t (a)") == SQLITE_CONSTRAINT_UNIQUE);
}

TEST_F(Database, "defaults fill what is left out", "default") {
  run("CREATE TABLE t (a, b DEFAULT 7, c DEFAULT 'x', d DEFAULT (3 * 4));"
      "INSERT INTO t (a) VALUES (1); INSERT INTO t DEFAULT VALUES");
  CHECK(rows("SELECT * FROM t") == "1|7|x|12;NULL|7|x|12");
}

TEST_F(Database, "OR REPLACE puts the default where NULL is refused", "default") {
  run("CREATE TABLE t (a NOT NULL DEFAULT 5); INSERT OR REPLACE INTO t VALUES (NULL)");
  CHECK(rows("SELECT a FROM t") == "5");
}

TEST_F(Database, "AUTOINCREMENT never uses a number twice", "rowid") {
  run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t (a) VALUES (1), (2); DELETE FROM t");
  run("INSERT INTO t (a) VALUES (3)");
  CHECK(rows("SELECT id FROM t") == "3");
}

TEST_F(Database, "without AUTOINCREMENT the largest number is used again", "rowid") {
  run("CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (a) VALUES (1), (2); DELETE FROM t");
  run("INSERT INTO t (a) VALUES (3)");
  CHECK(rows("SELECT id FROM t") == "1");
}

TEST_F(Database, "AUTOINCREMENT ends after the largest integer", "rowid", "error") {
  run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9223372036854775807)");
  CHECK(code_of("INSERT INTO t VALUES (NULL)") == SQLITE_FULL);
}

TEST_F(Database, "generated columns follow and cannot be set", "generated") {
  run("CREATE TABLE t (a, twice AS (2 * a), more AS (a + 1) STORED); INSERT INTO t (a) VALUES (5); UPDATE t SET a = 6");
  CHECK(rows("SELECT * FROM t") == "6|12|7");
  CHECK(code_of("UPDATE t SET twice = 1") == SQLITE_ERROR);
}

TEST_F(Database, "checks can be switched off", "check") {
  run("CREATE TABLE t (a CHECK (a > 0)); PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (-1)");
  CHECK(rows("PRAGMA integrity_check") == "ok");
  run("PRAGMA ignore_check_constraints = OFF");
  CHECK(rows("PRAGMA integrity_check") == "CHECK constraint failed in t");
}
