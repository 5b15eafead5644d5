// Connections: opening and closing, attached databases, backups, images in memory, limits, interruption, errors.
#include <cstdint>
#include <cstdio>
#include <pyharness/test.hpp>
#include <string>
#include <utility>

#include "database.hpp"

namespace {

struct Filled : Database {
  Filled() {
    run("CREATE TABLE t (a, b); WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        "INSERT INTO t SELECT i, hex(zeroblob(50)) FROM n");
  }
};

/// A query that would take minutes.
constexpr const char* endless =
    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

class Backup {
 public:
  Backup(Database& target, Database& source)
      : backup_(sqlite3_backup_init(target.get(), "main", source.get(), "main")) {
    if (backup_ == nullptr) {
      throw SqlError(target.get(), sqlite3_extended_errcode(target.get()));
    }
  }
  ~Backup() { sqlite3_backup_finish(backup_); }
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  int step(int pages) { return sqlite3_backup_step(backup_, pages); }
  int remaining() const { return sqlite3_backup_remaining(backup_); }
  int page_count() const { return sqlite3_backup_pagecount(backup_); }

 private:
  sqlite3_backup* backup_;
};

}  // namespace

TEST("databases in memory know nothing of each other", "memory") {
  Database first;
  Database second;
  first.run("CREATE TABLE t (a)");
  CHECK(second.code_of("SELECT * FROM t") == SQLITE_ERROR);
}

TEST("connections may share a database in memory by name", "memory") {
  const TemporaryFile unique;
  Database writer(shared_memory_name(unique), open_by_uri);
  Database reader(shared_memory_name(unique), open_by_uri);
  writer.run("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  CHECK(reader.rows("SELECT a FROM t") == "1");
}

TEST("a file keeps its content", "file") {
  const DatabaseFile file;
  FileConnection(file).run("CREATE TABLE t (a); INSERT INTO t VALUES ('kept')");
  CHECK(FileConnection(file).rows("SELECT a FROM t") == "kept");
}

TEST("a read-only connection refuses to write", "file", "error") {
  const DatabaseFile file;
  FileConnection(file).run("CREATE TABLE t (a)");
  FileConnection reader(file, SQLITE_OPEN_READONLY);
  CHECK(sqlite3_db_readonly(reader.get(), "main") == 1);
  CHECK(reader.code_of("INSERT INTO t VALUES (1)") == SQLITE_READONLY);
}

TEST("a file that is missing is not created unasked", "file", "error") {
  const DatabaseFile file;
  CHECK_THROWS_AS(Database(file.path() + "-missing", SQLITE_OPEN_READWRITE), SqlError);
}

TEST("a file that is no database is refused", "file", "error") {
  const TemporaryFile file;
  std::FILE* output = std::fopen(file.c_str(), "wb");
  REQUIRE(output != nullptr);
  std::fputs(std::string(1000, 'x').c_str(), output);
  std::fclose(output);
  CHECK(Database(file.path()).code_of("SELECT * FROM sqlite_schema") == SQLITE_NOTADB);
}

TEST("a connection with open statements cannot be closed", "close", "error") {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(":memory:", &connection) == SQLITE_OK);
  {
    const Statement statement(connection, "SELECT 1");
    CHECK(sqlite3_close(connection) == SQLITE_BUSY);
  }
  CHECK(sqlite3_close(connection) == SQLITE_OK);
}

TEST("close_v2 waits for the last statement", "close") {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(":memory:", &connection) == SQLITE_OK);
  Statement statement(connection, "SELECT 7");
  CHECK(sqlite3_close_v2(connection) == SQLITE_OK);
  REQUIRE(statement.step());
  CHECK(statement.text(0) == "7");
}

TEST_F(Filled, "an attached database is reached by its name", "attach") {
  run("ATTACH ':memory:' AS other; CREATE TABLE other.t (a); INSERT INTO other.t SELECT a FROM main.t WHERE a < 4");
  CHECK(rows("SELECT a FROM other.t") == "1;2;3");
  run("DETACH other");
  CHECK(code_of("SELECT * FROM other.t") == SQLITE_ERROR);
}

TEST_F(Filled, "a transaction spans attached databases", "attach") {
  run("ATTACH ':memory:' AS other; CREATE TABLE other.u (a); BEGIN; INSERT INTO other.u VALUES (1); DELETE FROM t; "
      "ROLLBACK");
  CHECK(number("SELECT count(*) FROM t") == 500);
  CHECK(number("SELECT count(*) FROM other.u") == 0);
}

TEST_F(Filled, "temporary tables hide others of the same name", "attach") {
  run("CREATE TEMP TABLE t (a); INSERT INTO t VALUES ('temporary')");
  CHECK(rows("SELECT a FROM t") == "temporary");
  CHECK(number("SELECT count(*) FROM main.t") == 500);
}

TEST_F(Filled, "a backup copies everything", "backup") {
  Database copy;
  CHECK(Backup(copy, *this).step(-1) == SQLITE_DONE);
  CHECK(copy.rows("SELECT count(*), sum(a) FROM t") == "500|125250");
  CHECK(copy.rows("PRAGMA integrity_check") == "ok");
}

TEST_F(Filled, "a backup goes on page by page", "backup") {
  Database copy;
  Backup backup(copy, *this);
  REQUIRE(backup.step(1) == SQLITE_OK);
  const int total = backup.page_count();
  CHECK(total == number("PRAGMA page_count"));
  CHECK(backup.remaining() == total - 1);
  while (backup.step(3) == SQLITE_OK) {
  }
  CHECK(backup.remaining() == 0);
}

TEST_F(Filled, "a backup sees changes made on the way", "backup") {
  Database copy;
  {
    Backup backup(copy, *this);
    REQUIRE(backup.step(2) == SQLITE_OK);
    run("UPDATE t SET a = 0");
    CHECK(backup.step(-1) == SQLITE_DONE);
  }
  CHECK(copy.number("SELECT sum(a) FROM t") == 0);
}

TEST_F(Filled, "a backup replaces what was there, also in a file", "backup", "file") {
  const DatabaseFile file;
  FileConnection target(file);
  target.run("CREATE TABLE old (a)");
  CHECK(Backup(target, *this).step(-1) == SQLITE_DONE);
  CHECK(FileConnection(file).rows("SELECT name FROM sqlite_schema") == "t");
}

TEST_F(Filled, "a database is no backup of itself", "backup", "error") {
  CHECK_THROWS_AS(Backup(*this, *this), SqlError);
}

TEST_F(Filled, "an image in memory becomes a database again", "image") {
  sqlite3_int64 size = 0;
  unsigned char* image = sqlite3_serialize(get(), "main", &size, 0);
  REQUIRE(image != nullptr);
  CHECK(std::string(reinterpret_cast<const char*>(image)) == "SQLite format 3");
  Database copy;
  REQUIRE(sqlite3_deserialize(copy.get(), "main", image, size, size, SQLITE_DESERIALIZE_FREEONCLOSE) == SQLITE_OK);
  CHECK(copy.number("SELECT count(*) FROM t") == 500);
}

TEST_F(Filled, "VACUUM INTO writes a copy", "file") {
  const DatabaseFile file;
  run("VACUUM INTO '" + file.path() + "'");
  CHECK(FileConnection(file).number("SELECT count(*) FROM t") == 500);
}

TEST_F(Filled, "VACUUM gives pages back", "pages") {
  const std::int64_t before = number("PRAGMA page_count");
  run("DELETE FROM t");
  CHECK(number("PRAGMA freelist_count") > 0);
  run("VACUUM");
  CHECK(number("PRAGMA page_count") < before);
  CHECK(number("PRAGMA freelist_count") == 0);
}

TEST_F(Filled, "a database may not grow beyond its limit", "pages", "error") {
  run("PRAGMA max_page_count = " + rows("PRAGMA page_count"));
  CHECK(code_of("INSERT INTO t SELECT a, zeroblob(5000) FROM t") == SQLITE_FULL);
  CHECK(number("SELECT count(*) FROM t") == 500);
}

TEST_F(Database, "a progress handler stops a statement", "interrupt") {
  int calls = 0;
  sqlite3_progress_handler(get(), 1000, [](void* count) { return ++*static_cast<int*>(count) == 5 ? 1 : 0; }, &calls);
  CHECK(code_of(endless) == SQLITE_INTERRUPT);
  CHECK(calls == 5);
}

TEST_F(Database, "an interrupt from inside stops a statement, not the next one", "interrupt") {
  sqlite3_progress_handler(
      get(), 1000,
      [](void* connection) {
        sqlite3_interrupt(static_cast<sqlite3*>(connection));
        return 0;
      },
      get());
  CHECK(code_of(endless) == SQLITE_INTERRUPT);
  CHECK(rows("SELECT 1") == "1");
}

TEST_EACH("limits are kept per connection", (int limit, std::string sql),
          values(std::pair<int, std::string>(SQLITE_LIMIT_COLUMN, "SELECT 1, 2, 3, 4"),
                 std::pair(SQLITE_LIMIT_EXPR_DEPTH, "SELECT 1+1+1+1+1"),
                 std::pair(SQLITE_LIMIT_COMPOUND_SELECT, "SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4"),
                 std::pair(SQLITE_LIMIT_FUNCTION_ARG, "SELECT max(1, 2, 3, 4)"),
                 std::pair(SQLITE_LIMIT_VARIABLE_NUMBER, "SELECT ?4")),
          "limit", "error") {
  Database limited;
  sqlite3_limit(limited.get(), limit, 3);
  CHECK(limited.code_of(sql) == SQLITE_ERROR);
  CHECK(Database().code_of(sql) == SQLITE_OK);
}

TEST_EACH("messages say what is wrong", (std::string sql, std::string message),
          values(std::pair<std::string, std::string>("SELEC 1", "near \"SELEC\": syntax error"),
                 std::pair("SELECT * FROM nowhere", "no such table: nowhere"),
                 std::pair("SELECT x", "no such column: x"), std::pair("SELECT f()", "no such function: f"),
                 std::pair("SELECT (", "incomplete input"), std::pair("SELECT 'abc", "unrecognized token: \"'abc\"")),
          "error") {
  Database database;
  CHECK(database.code_of(sql) == SQLITE_ERROR);
  CHECK(sqlite3_errmsg(database.get()) == message);
}

TEST_F(Database, "the offset of an error is known", "error") {
  code_of("SELECT 1 + nope");
  CHECK(sqlite3_error_offset(get()) == 11);
}

TEST_F(Database, "success clears the error", "error") {
  REQUIRE(code_of("SELEC 1") == SQLITE_ERROR);
  run("SELECT 1");
  CHECK(sqlite3_errcode(get()) == SQLITE_OK);
  CHECK(std::string(sqlite3_errmsg(get())) == "not an error");
}

TEST_EACH("every code has a text", (int code, std::string text),
          values(std::pair<int, std::string>(SQLITE_OK, "not an error"), std::pair(SQLITE_BUSY, "database is locked"),
                 std::pair(SQLITE_LOCKED, "database table is locked"),
                 std::pair(SQLITE_CONSTRAINT, "constraint failed"), std::pair(SQLITE_NOTADB, "file is not a database"),
                 std::pair(SQLITE_DONE, "no more rows available")),
          "error") {
  CHECK(sqlite3_errstr(code) == text);
}
