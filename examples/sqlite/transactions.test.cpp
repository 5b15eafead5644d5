// Transactions and savepoints: what is kept, what is undone, and what the connection says about its state.
#include <pyharness/test.hpp>

#include "database.hpp"

namespace {

struct Ledger : Database {
  Ledger() {
    run("CREATE TABLE entry (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL); INSERT INTO entry VALUES (1, 100)");
  }

  void add(int amount) { run("INSERT INTO entry (amount) VALUES (" + std::to_string(amount) + ")"); }
  std::string amounts() { return rows("SELECT amount FROM entry ORDER BY id"); }
  bool in_transaction() const { return sqlite3_get_autocommit(get()) == 0; }
};

}  // namespace

TEST_F(Ledger, "a statement of its own commits itself", "transaction") {
  add(5);
  CHECK_FALSE(in_transaction());
  CHECK(amounts() == "100;5");
}

TEST_F(Ledger, "COMMIT keeps all changes", "transaction") {
  run("BEGIN");
  add(5);
  CHECK(in_transaction());
  add(6);
  run("COMMIT");
  CHECK_FALSE(in_transaction());
  CHECK(amounts() == "100;5;6");
}

TEST_F(Ledger, "ROLLBACK undoes inserts, updates and deletes", "transaction") {
  run("BEGIN");
  add(5);
  run("UPDATE entry SET amount = 0");
  run("DELETE FROM entry");
  CHECK(amounts().empty());
  run("ROLLBACK");
  CHECK(amounts() == "100");
}

TEST_F(Ledger, "ROLLBACK undoes changes of the schema", "transaction") {
  run("BEGIN; CREATE TABLE extra (x); ALTER TABLE entry ADD COLUMN note; DROP TABLE extra; CREATE INDEX i ON entry "
      "(note)");
  run("ROLLBACK");
  CHECK(rows("SELECT name FROM sqlite_schema") == "entry");
  CHECK(number("SELECT count(*) FROM pragma_table_info('entry')") == 2);
}

TEST_F(Ledger, "ROLLBACK undoes the user's version", "transaction") {
  run("PRAGMA user_version = 7; BEGIN; PRAGMA user_version = 8; ROLLBACK");
  CHECK(number("PRAGMA user_version") == 7);
}

TEST_F(Ledger, "transactions do not nest", "transaction", "error") {
  run("BEGIN");
  CHECK(code_of("BEGIN") == SQLITE_ERROR);
  CHECK(in_transaction());
}

TEST_EACH("outside a transaction there is nothing to end", (const char* sql),
          values("COMMIT", "END", "ROLLBACK", "RELEASE nowhere", "ROLLBACK TO nowhere"), "transaction", "error") {
  Ledger ledger;
  CHECK(ledger.code_of(sql) == SQLITE_ERROR);
}

TEST_F(Ledger, "a failed statement leaves the transaction open", "transaction", "error") {
  run("BEGIN");
  add(5);
  CHECK_THROWS_AS(run("INSERT INTO entry (amount) VALUES (NULL)"), SqlError);
  CHECK(in_transaction());
  run("COMMIT");
  CHECK(amounts() == "100;5");
}

TEST_F(Ledger, "the transaction's state follows its statements", "transaction") {
  CHECK(sqlite3_txn_state(get(), "main") == SQLITE_TXN_NONE);
  run("BEGIN");
  CHECK(sqlite3_txn_state(get(), "main") == SQLITE_TXN_NONE);
  amounts();
  CHECK(sqlite3_txn_state(get(), "main") == SQLITE_TXN_READ);
  add(5);
  CHECK(sqlite3_txn_state(get(), "main") == SQLITE_TXN_WRITE);
}

TEST_F(Ledger, "BEGIN IMMEDIATE writes from the start", "transaction") {
  run("BEGIN IMMEDIATE");
  CHECK(sqlite3_txn_state(get(), "main") == SQLITE_TXN_WRITE);
}

TEST_F(Ledger, "a savepoint is undone alone", "savepoint") {
  run("BEGIN");
  add(5);
  run("SAVEPOINT s");
  add(6);
  run("ROLLBACK TO s");
  run("COMMIT");
  CHECK(amounts() == "100;5");
}

TEST_F(Ledger, "a savepoint stays open after going back to it", "savepoint") {
  run("SAVEPOINT s");
  add(5);
  run("ROLLBACK TO s");
  CHECK(in_transaction());
  add(6);
  run("RELEASE s");
  CHECK_FALSE(in_transaction());
  CHECK(amounts() == "100;6");
}

TEST_F(Ledger, "the outermost savepoint acts like BEGIN", "savepoint") {
  run("SAVEPOINT s");
  CHECK(in_transaction());
  add(5);
  run("ROLLBACK");
  CHECK(amounts() == "100");
}

TEST_F(Ledger, "releasing an inner savepoint does not save it from the outer one", "savepoint") {
  run("SAVEPOINT outside");
  run("SAVEPOINT inside");
  add(5);
  run("RELEASE inside");
  run("ROLLBACK TO outside");
  CHECK(amounts() == "100");
}

TEST_F(Ledger, "releasing an outer savepoint releases those inside", "savepoint") {
  run("BEGIN; SAVEPOINT outside; SAVEPOINT inside");
  add(5);
  run("RELEASE outside");
  CHECK(code_of("RELEASE inside") == SQLITE_ERROR);
  run("COMMIT");
  CHECK(amounts() == "100;5");
}

TEST_F(Ledger, "going back to an outer savepoint forgets those inside", "savepoint") {
  run("SAVEPOINT outside; SAVEPOINT inside; ROLLBACK TO outside");
  CHECK(code_of("ROLLBACK TO inside") == SQLITE_ERROR);
}

TEST_F(Ledger, "of two savepoints with one name the inner one is meant", "savepoint") {
  run("SAVEPOINT s");
  add(5);
  run("SAVEPOINT s");
  add(6);
  run("ROLLBACK TO s; RELEASE s");
  CHECK(in_transaction());
  CHECK(amounts() == "100;5");
}

TEST_F(Ledger, "savepoints may be a hundred deep", "savepoint") {
  for (int depth = 0; depth < 100; ++depth) {
    run("SAVEPOINT s" + std::to_string(depth));
    add(depth);
  }
  run("ROLLBACK TO s50; RELEASE s0");
  CHECK(number("SELECT count(*) FROM entry") == 51);
}

TEST_EACH("a file keeps what was committed, in every journal mode", (const char* mode),
          values("delete", "truncate", "persist", "memory", "wal"), "file") {
  const DatabaseFile file;
  {
    FileConnection connection(file);
    REQUIRE(connection.rows(std::string("PRAGMA journal_mode = ") + mode) == mode);
    connection.run("CREATE TABLE t (x); INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2); COMMIT");
    connection.run("BEGIN; INSERT INTO t VALUES (3)");  // and is left alone
  }
  CHECK(FileConnection(file).rows("SELECT x FROM t") == "1;2");
}
