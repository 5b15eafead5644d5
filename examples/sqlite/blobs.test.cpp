// Blobs: as values, and read and written in place through handles.
#include <pyharness/test.hpp>
#include <random>
#include <string>

#include "database.hpp"

namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937 random(17);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random() >> 24);
  }
  return bytes;
}

enum class Access { read, write };

/// sqlite3_blob with an owner: column `a` of a row of table t.
class Blob {
 public:
  Blob(Database& database, sqlite3_int64 row, Access access = Access::read) {
    const int code = sqlite3_blob_open(database.get(), "main", "t", "a", row, access == Access::write ? 1 : 0, &blob_);
    if (code != SQLITE_OK) {
      throw SqlError(database.get(), code);
    }
  }
  ~Blob() { sqlite3_blob_close(blob_); }
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;

  int size() const { return sqlite3_blob_bytes(blob_); }
  int read(int size, int offset) {
    bytes.resize(static_cast<std::size_t>(size));
    return sqlite3_blob_read(blob_, bytes.data(), size, offset);
  }
  int write(const std::string& text, int offset) {
    return sqlite3_blob_write(blob_, text.data(), static_cast<int>(text.size()), offset);
  }
  int reopen(sqlite3_int64 row) { return sqlite3_blob_reopen(blob_, row); }

  std::string bytes;

 private:
  sqlite3_blob* blob_ = nullptr;
};

/// Row 1 holds "0123456789" as a blob, row 2 "abc", row 3 the number 4.
struct Blobs : Database {
  Blobs() {
    run("CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, CAST('0123456789' AS BLOB)), (2, 'abc'), "
        "(3, 4)");
  }
  std::string first() { return rows("SELECT CAST(a AS TEXT) FROM t WHERE id = 1"); }
};

}  // namespace

TEST_EACH("blobs of any size come back", (std::size_t size), values<std::size_t>(0, 1, 100, 4096, 100000, 1000000),
          "value") {
  Database database;
  database.run("CREATE TABLE t (a)");
  const std::string bytes = random_bytes(size);
  Statement(database.get(), "INSERT INTO t VALUES (?)").bind_blob(1, bytes).step();
  Statement statement(database.get(), "SELECT a FROM t");
  REQUIRE(statement.step());
  CHECK(statement.blob(0) == bytes);
}

TEST_F(Database, "an empty blob is not NULL", "value") {
  CHECK(rows("SELECT typeof(x''), length(x''), x'' IS NULL, typeof(zeroblob(0))") == "blob|0|0|blob");
}

TEST_F(Database, "hex and quote show every byte", "value") {
  CHECK(rows("SELECT hex(x'00ff10'), quote(x'00ff10'), hex(substr(x'00ff10', 2, 1))") == "00FF10|X'00FF10'|FF");
}

TEST_F(Database, "a blob beyond the limit is refused", "value", "error") {
  sqlite3_limit(get(), SQLITE_LIMIT_LENGTH, 1000);
  CHECK(code_of("SELECT zeroblob(1001)") == SQLITE_TOOBIG);
  CHECK(code_of("SELECT zeroblob(1000)") == SQLITE_OK);
}

TEST_F(Database, "a bound zeroblob takes its size", "value") {
  run("CREATE TABLE t (a)");
  Statement statement(get(), "INSERT INTO t VALUES (?)");
  REQUIRE(sqlite3_bind_zeroblob64(statement.get(), 1, 5000) == SQLITE_OK);
  statement.step();
  CHECK(rows("SELECT length(a), a = zeroblob(5000) FROM t") == "5000|1");
}

TEST_F(Blobs, "a handle reads any part", "handle") {
  Blob blob(*this, 1);
  CHECK(blob.size() == 10);
  CHECK(blob.read(4, 3) == SQLITE_OK);
  CHECK(blob.bytes == "3456");
}

TEST_F(Blobs, "a handle writes in place", "handle") {
  Blob blob(*this, 1, Access::write);
  CHECK(blob.write("xyz", 7) == SQLITE_OK);
  CHECK(first() == "0123456xyz");
}

TEST_F(Blobs, "a handle reads text too", "handle") {
  Blob blob(*this, 2);
  CHECK(blob.read(3, 0) == SQLITE_OK);
  CHECK(blob.bytes == "abc");
}

TEST_F(Blobs, "nothing is read or written beyond the end", "handle", "error") {
  Blob blob(*this, 1, Access::write);
  CHECK(blob.read(4, 7) == SQLITE_ERROR);
  CHECK(blob.read(1, -1) == SQLITE_ERROR);
  CHECK(blob.write("xyz", 8) == SQLITE_ERROR);
  CHECK(first() == "0123456789");
}

TEST_F(Blobs, "a handle for reading cannot write", "handle", "error") {
  Blob blob(*this, 1);
  CHECK(blob.write("x", 0) == SQLITE_READONLY);
}

TEST_F(Blobs, "a handle needs a row, and a value with bytes", "handle", "error") {
  CHECK_THROWS_AS(Blob(*this, 99), SqlError);
  CHECK_THROWS_AS(Blob(*this, 3), SqlError);
}

TEST_F(Blobs, "an indexed column has no handle for writing", "handle", "error") {
  run("CREATE INDEX i ON t (a)");
  CHECK_THROWS_AS(Blob(*this, 1, Access::write), SqlError);
  CHECK(Blob(*this, 1).size() == 10);
}

TEST_F(Blobs, "a handle moves to another row", "handle") {
  Blob blob(*this, 1);
  REQUIRE(blob.reopen(2) == SQLITE_OK);
  CHECK(blob.size() == 3);
  CHECK(blob.read(3, 0) == SQLITE_OK);
  CHECK(blob.bytes == "abc");
}

TEST_F(Blobs, "a handle that moved in vain is of no more use", "handle", "error") {
  Blob blob(*this, 1);
  CHECK(blob.reopen(99) == SQLITE_ERROR);
  CHECK(blob.read(1, 0) == SQLITE_ABORT);
}

TEST_F(Blobs, "a handle expires when its row changes", "handle", "error") {
  Blob blob(*this, 1);
  run("UPDATE t SET id = 11 WHERE id = 1");
  CHECK(blob.read(1, 0) == SQLITE_ABORT);
}

TEST_F(Blobs, "what a handle wrote is rolled back with the rest", "handle") {
  run("BEGIN");
  CHECK(Blob(*this, 1, Access::write).write("xyz", 0) == SQLITE_OK);
  run("ROLLBACK");
  CHECK(first() == "0123456789");
}

TEST_F(Blobs, "a large blob is filled piece by piece", "handle", "large") {
  run("INSERT INTO t VALUES (4, zeroblob(500000))");
  const std::string bytes = random_bytes(500000);
  {
    Blob blob(*this, 4, Access::write);
    for (std::size_t at = 0; at < bytes.size(); at += 7000) {
      REQUIRE(blob.write(bytes.substr(at, 7000), static_cast<int>(at)) == SQLITE_OK);
    }
  }
  Statement statement(get(), "SELECT a FROM t WHERE id = 4");
  REQUIRE(statement.step());
  CHECK(statement.blob(0) == bytes);
}
