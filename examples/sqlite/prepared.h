/* A connection in memory and a statement on it, for tests in C. No state: objects belong to their caller. */
#ifndef EXAMPLES_SQLITE_PREPARED_H
#define EXAMPLES_SQLITE_PREPARED_H

#include <pyharness/test.h>
#include <sqlite3.h>

static inline sqlite3* open_database(const char* schema) {
  sqlite3* database = NULL;
  if (sqlite3_open(":memory:", &database) != SQLITE_OK ||
      sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK) {
    sqlite3_close(database);
    return NULL;
  }
  return database;
}

static inline sqlite3_stmt* prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = NULL;
  sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
  return statement;
}

/* Statement first, then its database. Both may be null. */
static inline void finish(sqlite3_stmt* statement, sqlite3* database) {
  CHECK_INT(sqlite3_finalize(statement), ==, SQLITE_OK);
  CHECK_INT(sqlite3_close(database), ==, SQLITE_OK);
}

#endif
