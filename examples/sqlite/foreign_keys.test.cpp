// Foreign keys: what happens to children when a parent goes or changes, and when the check is made.
#include <pyharness/test.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "database.hpp"

namespace {

struct Library : Database {
  explicit Library(const std::string& rule) {
    run("PRAGMA foreign_keys = ON;"
        "CREATE TABLE author (id INTEGER PRIMARY KEY);"
        "CREATE TABLE book (title TEXT, author INTEGER DEFAULT 2 REFERENCES author (id) " +
        rule +
        ");"
        "INSERT INTO author VALUES (1), (2);"
        "INSERT INTO book VALUES ('a', 1), ('b', 2)");
  }
  std::string books() { return rows("SELECT title, author FROM book ORDER BY title"); }
};

struct DeferredLibrary : Library {
  DeferredLibrary() : Library("DEFERRABLE INITIALLY DEFERRED") {}
};

}  // namespace

TEST_EACH("deleting a parent does as the rule says", (std::string rule, int code, std::string left),
          values(std::tuple<std::string, int, std::string>("", SQLITE_CONSTRAINT, "a|1;b|2"),
                 std::tuple("ON DELETE RESTRICT", SQLITE_CONSTRAINT, "a|1;b|2"),
                 std::tuple("ON DELETE CASCADE", SQLITE_OK, "b|2"),
                 std::tuple("ON DELETE SET NULL", SQLITE_OK, "a|NULL;b|2"),
                 std::tuple("ON DELETE SET DEFAULT", SQLITE_OK, "a|2;b|2")),
          "delete") {
  Library library(rule);
  CHECK((library.code_of("DELETE FROM author WHERE id = 1") & 0xff) == code);
  CHECK(library.books() == left);
}

TEST_EACH("changing a parent's key does as the rule says", (std::string rule, std::string left),
          values(std::pair<std::string, std::string>("ON UPDATE CASCADE", "a|10;b|2"),
                 std::pair("ON UPDATE SET NULL", "a|NULL;b|2"), std::pair("ON UPDATE SET DEFAULT", "a|2;b|2")),
          "update") {
  Library library(rule);
  library.run("UPDATE author SET id = 10 WHERE id = 1");
  CHECK(library.books() == left);
}

TEST("a child may have no parent at all", "null") {
  Library library("");
  library.run("INSERT INTO book VALUES ('c', NULL)");
  CHECK(library.books() == "a|1;b|2;c|NULL");
}

TEST_F(DeferredLibrary, "a deferred key may be wrong for a while", "deferred") {
  run("BEGIN; INSERT INTO book VALUES ('c', 3); INSERT INTO author VALUES (3); COMMIT");
  CHECK(books() == "a|1;b|2;c|3");
}

TEST_F(DeferredLibrary, "a deferred key holds up the commit until it is right", "deferred", "error") {
  run("BEGIN; INSERT INTO book VALUES ('c', 3)");
  CHECK(code_of("COMMIT") == SQLITE_CONSTRAINT_FOREIGNKEY);
  CHECK(sqlite3_get_autocommit(get()) == 0);
  run("DELETE FROM book WHERE author = 3; COMMIT");
  CHECK(books() == "a|1;b|2");
}

TEST("a cascade goes down many levels", "delete") {
  Database database;
  database.run(
      "PRAGMA foreign_keys = ON;"
      "CREATE TABLE node (id INTEGER PRIMARY KEY, parent REFERENCES node (id) ON DELETE CASCADE);"
      "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
      "INSERT INTO node SELECT i, nullif(i - 1, 0) FROM n");
  database.run("DELETE FROM node WHERE id = 40");
  CHECK(database.number("SELECT count(*) FROM node") == 39);
}

TEST("keys are not checked while switched off, but can be afterwards", "check") {
  Library library("");
  library.run("PRAGMA foreign_keys = OFF; INSERT INTO book VALUES ('c', 3)");
  CHECK(library.rows("PRAGMA foreign_key_check") == "book|3|author|0");
}

TEST("the switch does nothing inside a transaction", "check") {
  Library library("");
  library.run("BEGIN; PRAGMA foreign_keys = OFF");
  CHECK(library.number("PRAGMA foreign_keys") == 1);
}

TEST("a parent's column has to be unique", "error") {
  Database database;
  database.run("PRAGMA foreign_keys = ON; CREATE TABLE p (a); CREATE TABLE c (a REFERENCES p (a))");
  CHECK_THROWS_AS(database.run("INSERT INTO c VALUES (1)"), SqlError);
  CHECK(std::string(sqlite3_errmsg(database.get())).find("foreign key mismatch") == 0);
}
