// Two connections to one file: who may read, who may write, who waits, and what each of them sees.
#include <cstdint>
#include <filesystem>
#include <future>
#include <pyharness/test.hpp>
#include <string>

#include "database.hpp"

namespace {

struct TwoConnections {
  TwoConnections() {
    first.run("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    second.rows("SELECT * FROM t");
  }

  DatabaseFile file;
  FileConnection first{file};
  FileConnection second{file};
};

struct TwoInWal : TwoConnections {
  TwoInWal() { first.run("PRAGMA journal_mode = WAL"); }
};

/// Two connections to one database in memory, which lock tables, not the file.
struct TwoSharing {
  TemporaryFile unique;
  Database first{shared_memory_name(unique), open_by_uri};
  Database second{shared_memory_name(unique), open_by_uri};
};

}  // namespace

TEST_F(TwoConnections, "what one commits the other sees", "lock") {
  first.run("INSERT INTO t VALUES (2)");
  CHECK(second.rows("SELECT a FROM t") == "1;2");
}

TEST_F(TwoConnections, "what is not committed stays unseen", "lock") {
  first.run("BEGIN; INSERT INTO t VALUES (2)");
  CHECK(second.rows("SELECT a FROM t") == "1");
}

TEST_F(TwoConnections, "only one may write", "lock", "error") {
  first.run("BEGIN IMMEDIATE");
  CHECK(second.code_of("BEGIN IMMEDIATE") == SQLITE_BUSY);
  CHECK(second.code_of("INSERT INTO t VALUES (2)") == SQLITE_BUSY);
  first.run("COMMIT");
  CHECK(second.code_of("INSERT INTO t VALUES (2)") == SQLITE_OK);
}

TEST_F(TwoConnections, "an exclusive transaction keeps readers out", "lock", "error") {
  first.run("BEGIN EXCLUSIVE");
  CHECK(second.code_of("SELECT * FROM t") == SQLITE_BUSY);
}

TEST_F(TwoConnections, "a reader holds up the commit", "lock", "error") {
  Statement reading(second.get(), "SELECT a FROM t");
  REQUIRE(reading.step());
  CHECK(first.code_of("INSERT INTO t VALUES (2)") == SQLITE_BUSY);
  reading.reset();
  CHECK(first.code_of("INSERT INTO t VALUES (2)") == SQLITE_OK);
}

TEST_F(TwoConnections, "a commit that was held up can be repeated", "lock") {
  Statement reading(second.get(), "SELECT a FROM t");
  REQUIRE(reading.step());
  first.run("BEGIN; INSERT INTO t VALUES (2)");
  CHECK(first.code_of("COMMIT") == SQLITE_BUSY);
  CHECK(sqlite3_get_autocommit(first.get()) == 0);
  reading.reset();
  first.run("COMMIT");
  CHECK(second.rows("SELECT a FROM t") == "1;2");
}

TEST_F(TwoConnections, "the busy handler decides how often to try again", "busy") {
  int tries = 0;
  sqlite3_busy_handler(
      second.get(), [](void* count, int before) { return (*static_cast<int*>(count) = before + 1) < 4 ? 1 : 0; },
      &tries);
  first.run("BEGIN IMMEDIATE");
  CHECK(second.code_of("BEGIN IMMEDIATE") == SQLITE_BUSY);
  CHECK(tries == 4);
}

// The commit needs a timeout as well: while the other tries, it holds a shared lock for a moment.
TEST_F(TwoConnections, "a busy timeout waits for the other to finish", "busy", "thread") {
  sqlite3_busy_timeout(first.get(), 20000);
  sqlite3_busy_timeout(second.get(), 20000);
  first.run("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
  auto code = std::async(std::launch::async, [&] { return second.code_of("INSERT INTO t VALUES (3)"); });
  first.run("COMMIT");
  CHECK(code.get() == SQLITE_OK);
  CHECK(first.rows("SELECT a FROM t") == "1;2;3");
}

TEST_F(TwoConnections, "the data version tells of the other's changes only", "lock") {
  const std::int64_t before = first.number("PRAGMA data_version");
  first.run("INSERT INTO t VALUES (2)");
  CHECK(first.number("PRAGMA data_version") == before);
  second.run("INSERT INTO t VALUES (3)");
  CHECK(first.number("PRAGMA data_version") != before);
}

TEST_F(TwoConnections, "a statement is compiled again when the other changes the table", "schema") {
  Statement statement(second.get(), "SELECT * FROM t");
  first.run("ALTER TABLE t ADD COLUMN b DEFAULT 'new'");
  REQUIRE(statement.step());
  CHECK(sqlite3_column_count(statement.get()) == 2);
  CHECK(statement.text(1) == "new");
}

TEST_F(TwoInWal, "a reader keeps its snapshot while the other writes", "wal") {
  second.run("BEGIN");
  CHECK(second.rows("SELECT a FROM t") == "1");
  first.run("INSERT INTO t VALUES (2)");
  CHECK(second.rows("SELECT a FROM t") == "1");
  second.run("COMMIT");
  CHECK(second.rows("SELECT a FROM t") == "1;2");
}

TEST_F(TwoInWal, "an old snapshot cannot be written on", "wal", "error") {
  second.run("BEGIN");
  second.rows("SELECT a FROM t");
  first.run("INSERT INTO t VALUES (2)");
  CHECK(second.code_of("INSERT INTO t VALUES (3)") == SQLITE_BUSY_SNAPSHOT);
}

TEST_F(TwoInWal, "a checkpoint moves the log into the file", "wal") {
  first.run("INSERT INTO t VALUES (2)");
  int in_log = -1;
  int moved = -1;
  REQUIRE(sqlite3_wal_checkpoint_v2(first.get(), nullptr, SQLITE_CHECKPOINT_FULL, &in_log, &moved) == SQLITE_OK);
  CHECK(in_log > 0);
  CHECK(moved == in_log);
}

TEST("the log goes away with the last connection", "wal", "file") {
  const DatabaseFile file;
  const std::string log = file.path() + "-wal";
  {
    FileConnection connection(file);
    connection.run("PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
    CHECK(std::filesystem::exists(log));
  }
  CHECK_FALSE(std::filesystem::exists(log));
  CHECK(FileConnection(file).rows("SELECT name FROM sqlite_schema") == "t");
}

TEST_F(TwoSharing, "a shared cache locks tables", "lock", "error") {
  first.run("CREATE TABLE t (a); CREATE TABLE u (a); BEGIN; INSERT INTO t VALUES (1)");
  CHECK(second.code_of("SELECT * FROM t") == SQLITE_LOCKED_SHAREDCACHE);
  CHECK(second.code_of("SELECT * FROM u") == SQLITE_OK);
}

TEST_F(TwoSharing, "on request a shared cache shows what is not committed", "lock") {
  first.run("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)");
  second.run("PRAGMA read_uncommitted = ON");
  CHECK(second.rows("SELECT a FROM t") == "1");
}

TEST_F(TwoConnections, "two threads with connections of their own add up", "thread") {
  const auto add_rows = [](Database& connection, int from) {
    for (int number = from; number < from + 10; ++number) {
      CHECK(connection.code_of("INSERT INTO t VALUES (" + std::to_string(number) + ")") == SQLITE_OK);
    }
  };
  sqlite3_busy_timeout(first.get(), 20000);
  sqlite3_busy_timeout(second.get(), 20000);
  auto adding = std::async(std::launch::async, [&] { add_rows(second, 100); });
  add_rows(first, 200);
  adding.get();
  CHECK(first.rows("SELECT count(*), count(DISTINCT a) FROM t") == "21|21");
}
