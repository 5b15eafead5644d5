/* Prepared statements, through the plain C interface: parameters, their names, and the values bound to them. */
#include <stdint.h>

#include "prepared.h"

typedef struct parameter_form {
  const char* sql;
  const char* name;
  int count;
} parameter_form;

static const parameter_form parameter_forms[] = {
    {"SELECT ?", NULL, 1},        {"SELECT ?3", "?3", 3},       {"SELECT :word", ":word", 1},
    {"SELECT @word", "@word", 1}, {"SELECT $word", "$word", 1},
};

TEST_EACH("every form of parameter is counted and named", const parameter_form* form, parameter_forms, .tags = "bind") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, form->sql);
  INFO("sql: %s", form->sql);
  CHECK_INT(sqlite3_bind_parameter_count(statement), ==, form->count);
  CHECK_STR_EQ(sqlite3_bind_parameter_name(statement, form->count), form->name);
  if (form->name != NULL) {
    CHECK_INT(sqlite3_bind_parameter_index(statement, form->name), ==, form->count);
  }
  finish(statement, database);
}

TEST("one name is one parameter, however often it stands", .tags = "bind") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT :n + :n * :n, :other");
  CHECK_INT(sqlite3_bind_parameter_count(statement), ==, 2);
  CHECK_INT(sqlite3_bind_int(statement, 1, 3), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), ==, 12);
  CHECK_INT(sqlite3_column_type(statement, 1), ==, SQLITE_NULL);
  finish(statement, database);
}

TEST("an unknown name has no index", .tags = "bind error") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT :n");
  CHECK_INT(sqlite3_bind_parameter_index(statement, ":m"), ==, 0);
  CHECK_INT(sqlite3_bind_parameter_index(statement, "n"), ==, 0);
  finish(statement, database);
}

static const int bad_indexes[] = {-1, 0, 3, 1000000};

TEST_EACH("binding outside the parameters is refused", const int* index, bad_indexes, .tags = "bind error") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?, ?");
  CHECK_INT(sqlite3_bind_int(statement, *index, 1), ==, SQLITE_RANGE);
  sqlite3_finalize(statement);
  CHECK_INT(sqlite3_close(database), ==, SQLITE_OK);
}

TEST("each type is bound and read back", .tags = "bind") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?, ?, ?, ?, ?");
  const unsigned char bytes[3] = {0, 255, 7};
  CHECK_INT(sqlite3_bind_int64(statement, 1, INT64_MIN), ==, SQLITE_OK);
  CHECK_INT(sqlite3_bind_double(statement, 2, 0.1), ==, SQLITE_OK);
  CHECK_INT(sqlite3_bind_text(statement, 3, "word", -1, SQLITE_STATIC), ==, SQLITE_OK);
  CHECK_INT(sqlite3_bind_blob(statement, 4, bytes, sizeof bytes, SQLITE_STATIC), ==, SQLITE_OK);
  CHECK_INT(sqlite3_bind_null(statement, 5), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_int64(statement, 0), ==, INT64_MIN);
  CHECK_NEAR(sqlite3_column_double(statement, 1), 0.1, 0.0);
  CHECK_STR_EQ((const char*)sqlite3_column_text(statement, 2), "word");
  CHECK_INT(sqlite3_column_bytes(statement, 3), ==, sizeof bytes);
  CHECK_MEM_EQ(sqlite3_column_blob(statement, 3), bytes, sizeof bytes);
  CHECK_INT(sqlite3_column_type(statement, 4), ==, SQLITE_NULL);
  finish(statement, database);
}

TEST("text may hold a zero", .tags = "bind text") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?1, length(?1), hex(?1), ?1 = ?2");
  CHECK_INT(sqlite3_bind_text(statement, 1, "ab\0cd", 5, SQLITE_STATIC), ==, SQLITE_OK);
  CHECK_INT(sqlite3_bind_text(statement, 2, "ab", 2, SQLITE_STATIC), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_bytes(statement, 0), ==, 5);
  CHECK_MEM_EQ(sqlite3_column_text(statement, 0), "ab\0cd", 6);
  CHECK_INT(sqlite3_column_int(statement, 1), ==, 2);
  CHECK_STR_EQ((const char*)sqlite3_column_text(statement, 2), "6162006364");
  CHECK_INT(sqlite3_column_int(statement, 3), ==, 0);
  finish(statement, database);
}

TEST("transient text is copied", .tags = "bind text") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?");
  char word[] = "before";
  CHECK_INT(sqlite3_bind_text(statement, 1, word, -1, SQLITE_TRANSIENT), ==, SQLITE_OK);
  memcpy(word, "after!", 6);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_STR_EQ((const char*)sqlite3_column_text(statement, 0), "before");
  finish(statement, database);
}

static void count_release(void* counter) { ++*(int*)counter; }

TEST("bound memory is released when it is bound anew", .tags = "bind memory") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?");
  int releases = 0;
  CHECK_INT(sqlite3_bind_blob(statement, 1, &releases, sizeof releases, count_release), ==, SQLITE_OK);
  CHECK_INT(releases, ==, 0);
  CHECK_INT(sqlite3_bind_null(statement, 1), ==, SQLITE_OK);
  CHECK_INT(releases, ==, 1);
  finish(statement, database);
}

TEST("bound memory is released also when binding fails", .tags = "bind memory error") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?");
  int releases = 0;
  CHECK_INT(sqlite3_bind_blob(statement, 9, &releases, sizeof releases, count_release), ==, SQLITE_RANGE);
  CHECK_INT(releases, ==, 1);
  sqlite3_finalize(statement);
  CHECK_INT(sqlite3_close(database), ==, SQLITE_OK);
}

TEST("a statement under way refuses to be bound", .tags = "bind error") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ? UNION ALL SELECT 2");
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_bind_int(statement, 1, 5), ==, SQLITE_MISUSE);
  CHECK_INT(sqlite3_reset(statement), ==, SQLITE_OK);
  CHECK_INT(sqlite3_bind_int(statement, 1, 5), ==, SQLITE_OK);
  finish(statement, database);
}
