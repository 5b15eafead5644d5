// What a conflict does to a transaction under each resolution, and the hooks that see transactions end.
#include <pyharness/test.hpp>
#include <tuple>
#include <utility>

#include "database.hpp"

namespace {

struct Numbers : Database {
  Numbers() { run("CREATE TABLE number (id INTEGER PRIMARY KEY, value UNIQUE); INSERT INTO number VALUES (1, 'one')"); }
  std::string all() { return rows("SELECT id, value FROM number ORDER BY id"); }
};

/// Counts how transactions end; refuses commits on request.
struct WatchedNumbers : Numbers {
  WatchedNumbers() {
    sqlite3_commit_hook(get(), [](void* self) { return static_cast<WatchedNumbers*>(self)->committing(); }, this);
    sqlite3_rollback_hook(get(), [](void* self) { ++static_cast<WatchedNumbers*>(self)->rollbacks; }, this);
  }
  int committing() {
    ++commits;
    return refuse ? 1 : 0;
  }

  bool refuse = false;
  int commits = 0;
  int rollbacks = 0;
};

}  // namespace

// Inside a transaction that has added 2, one statement adds 3, then 1 (a conflict), then 4.
TEST_EACH("a conflict ends as its resolution says",
          (std::string resolution, int code, bool still_open, std::string left),
          values(std::tuple<std::string, int, bool, std::string>("ABORT", SQLITE_CONSTRAINT_PRIMARYKEY, true,
                                                                 "1|one;2|two"),
                 std::tuple("FAIL", SQLITE_CONSTRAINT_PRIMARYKEY, true, "1|one;2|two;3|x"),
                 std::tuple("ROLLBACK", SQLITE_CONSTRAINT_PRIMARYKEY, false, "1|one"),
                 std::tuple("IGNORE", SQLITE_OK, true, "1|one;2|two;3|x;4|z"),
                 std::tuple("REPLACE", SQLITE_OK, true, "1|y;2|two;3|x;4|z")),
          "conflict") {
  Numbers numbers;
  numbers.run("BEGIN; INSERT INTO number VALUES (2, 'two')");
  CHECK(numbers.code_of("INSERT OR " + resolution + " INTO number VALUES (3, 'x'), (1, 'y'), (4, 'z')") == code);
  CHECK((sqlite3_get_autocommit(numbers.get()) == 0) == still_open);
  CHECK(numbers.all() == left);
}

TEST_F(Numbers, "REPLACE removes every row in the way", "conflict") {
  run("INSERT INTO number VALUES (2, 'two'); REPLACE INTO number VALUES (1, 'two')");
  CHECK(all() == "1|two");
}

TEST_F(Numbers, "an upsert may change the row in the way", "conflict") {
  run("INSERT INTO number VALUES (9, 'one') ON CONFLICT (value) DO UPDATE SET value = value || '+' || excluded.id");
  CHECK(all() == "1|one+9");
}

TEST_F(Numbers, "an upsert may do nothing", "conflict") {
  run("INSERT INTO number VALUES (1, 'other') ON CONFLICT DO NOTHING");
  CHECK(all() == "1|one");
  CHECK(sqlite3_changes(get()) == 0);
}

TEST_F(Numbers, "an upsert covers only the constraint it names", "conflict", "error") {
  CHECK(code_of("INSERT INTO number VALUES (1, 'other') ON CONFLICT (value) DO NOTHING") ==
        SQLITE_CONSTRAINT_PRIMARYKEY);
}

TEST_F(Numbers, "changes are counted per statement and in total", "changes") {
  const int before = sqlite3_total_changes(get());
  run("INSERT INTO number VALUES (2, 'b'), (3, 'c')");
  run("UPDATE number SET value = value || '!' WHERE id > 1");
  CHECK(sqlite3_changes(get()) == 2);
  run("DELETE FROM number");
  CHECK(sqlite3_changes(get()) == 3);
  CHECK(sqlite3_total_changes(get()) - before == 7);
}

TEST_F(Numbers, "the last row id is that of the last insert", "changes") {
  run("INSERT INTO number VALUES (41, 'x')");
  run("INSERT INTO number (value) VALUES ('y')");
  CHECK(sqlite3_last_insert_rowid(get()) == 42);
  run("UPDATE number SET value = 'z' WHERE id = 1");
  CHECK(sqlite3_last_insert_rowid(get()) == 42);
}

TEST_F(WatchedNumbers, "the commit hook sees a commit", "hook") {
  run("INSERT INTO number VALUES (2, 'two')");
  CHECK(commits == 1);
  CHECK(rollbacks == 0);
}

TEST_F(WatchedNumbers, "the commit hook may turn a commit into a rollback", "hook", "error") {
  refuse = true;
  CHECK(code_of("INSERT INTO number VALUES (2, 'two')") == SQLITE_CONSTRAINT_COMMITHOOK);
  CHECK(rollbacks == 1);
  CHECK(all() == "1|one");
}

TEST_F(WatchedNumbers, "the rollback hook sees a rollback", "hook") {
  run("BEGIN; INSERT INTO number VALUES (2, 'two'); ROLLBACK");
  CHECK(commits == 0);
  CHECK(rollbacks == 1);
}

TEST_F(WatchedNumbers, "reading commits nothing", "hook") {
  run("BEGIN; SELECT * FROM number; COMMIT");
  CHECK(commits == 0);
}

TEST_F(Numbers, "the update hook names what changed", "hook") {
  std::string seen;
  sqlite3_update_hook(
      get(),
      [](void* text, int action, const char*, const char* table, sqlite3_int64 row) {
        const char* name = action == SQLITE_INSERT ? "insert" : action == SQLITE_UPDATE ? "update" : "delete";
        *static_cast<std::string*>(text) += std::string(name) + " " + table + " " + std::to_string(row) + ";";
      },
      &seen);
  run("INSERT INTO number VALUES (7, 'x'); UPDATE number SET value = 'y' WHERE id = 7; DELETE FROM number WHERE id = "
      "7");
  sqlite3_update_hook(get(), nullptr, nullptr);
  CHECK(seen == "insert number 7;update number 7;delete number 7;");
}
