// A connection and a statement with owners; errors are exceptions that carry SQLite's extended code.
// Thread-safety: an object belongs to one thread at a time; objects share nothing.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "../temporary_file.hpp"

class SqlError : public std::runtime_error {
 public:
  SqlError(sqlite3* connection, int code) : std::runtime_error(sqlite3_errmsg(connection)), code_(code) {}
  int extended_code() const { return code_; }
  int code() const { return code_ & 0xff; }

 private:
  int code_;
};

class Statement {
 public:
  Statement(sqlite3* connection, const std::string& sql) : connection_(connection) {
    expect_ok(sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  sqlite3_stmt* get() const { return statement_; }

  /// Whether there is a row to read.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      throw SqlError(connection_, sqlite3_extended_errcode(connection_));
    }
    return code == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(statement_); }

  Statement& bind(int index, std::int64_t value) { return expect_ok(sqlite3_bind_int64(statement_, index, value)); }
  Statement& bind(int index, double value) { return expect_ok(sqlite3_bind_double(statement_, index, value)); }
  Statement& bind(int index, const std::string& text) {
    return expect_ok(
        sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
  }
  Statement& bind_blob(int index, const std::string& bytes) {
    return expect_ok(
        sqlite3_bind_blob(statement_, index, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT));
  }

  /// The column as text; NULL as "NULL".
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr ? "NULL"
                            : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  std::string blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes == nullptr ? ""
                            : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }

 private:
  Statement& expect_ok(int code) {
    if (code != SQLITE_OK) {
      throw SqlError(connection_, sqlite3_extended_errcode(connection_));
    }
    return *this;
  }

  sqlite3* connection_;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  explicit Database(const std::string& path, int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {
    const int code = sqlite3_open_v2(path.c_str(), &connection_, flags, nullptr);
    if (code != SQLITE_OK) {
      const SqlError error(connection_, code);
      sqlite3_close(connection_);
      throw error;
    }
  }
  /// In memory.
  Database() : Database(":memory:") {}
  ~Database() { sqlite3_close(connection_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* get() const { return connection_; }

  void run(const std::string& sql) { expect_ok(sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr)); }

  /// The extended code that `sql` ends with.
  int code_of(const std::string& sql) {
    sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
    return sqlite3_extended_errcode(connection_);
  }

  /// All rows as text: columns parted by '|', rows by ';'.
  std::string rows(const std::string& sql) {
    std::string all;
    Statement statement(connection_, sql);
    for (bool first = true; statement.step(); first = false) {
      all += first ? "" : ";";
      for (int column = 0; column < sqlite3_column_count(statement.get()); ++column) {
        all += (column == 0 ? "" : "|") + statement.text(column);
      }
    }
    return all;
  }

  std::int64_t number(const std::string& sql) {
    Statement statement(connection_, sql);
    return statement.step() ? sqlite3_column_int64(statement.get(), 0) : 0;
  }

 private:
  void expect_ok(int code) {
    if (code != SQLITE_OK) {
      throw SqlError(connection_, sqlite3_extended_errcode(connection_));
    }
  }

  sqlite3* connection_ = nullptr;
};

/// A database file of its own, with the files that SQLite puts beside it. Nothing is flushed to the disk: no case
/// cuts the power.
class DatabaseFile {
 public:
  ~DatabaseFile() {
    for (const char* suffix : {"-journal", "-wal", "-shm"}) {
      std::error_code ignored;
      std::filesystem::remove(file_.path() + suffix, ignored);
    }
  }
  DatabaseFile() = default;
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;

  const std::string& path() const { return file_.path(); }

 private:
  TemporaryFile file_;
};

/// Connections opened with this name share one database in memory, which goes away with the last of them.
inline std::string shared_memory_name(const TemporaryFile& unique) {
  return "file:" + unique.path() + "?mode=memory&cache=shared";
}

constexpr int open_by_uri = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;

/// A connection to a file.
class FileConnection : public Database {
 public:
  explicit FileConnection(const DatabaseFile& file, int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
      : Database(file.path(), flags) {
    run("PRAGMA synchronous = OFF");
  }
};
