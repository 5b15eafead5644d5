/* Prepared statements, through the plain C interface: compiling, stepping, resetting, asking about columns. */
#include "prepared.h"

TEST("a reset keeps what was bound", .tags = "reset") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?");
  sqlite3_bind_int(statement, 1, 5);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_DONE);
  CHECK_INT(sqlite3_reset(statement), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), ==, 5);
  finish(statement, database);
}

TEST("clearing the bindings leaves NULL", .tags = "reset") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?");
  sqlite3_bind_int(statement, 1, 5);
  CHECK_INT(sqlite3_clear_bindings(statement), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_type(statement, 0), ==, SQLITE_NULL);
  finish(statement, database);
}

TEST("one statement inserts a thousand rows", .tags = "reset") {
  sqlite3* database = open_database("CREATE TABLE t (a)");
  sqlite3_stmt* insert = prepare(database, "INSERT INTO t VALUES (?)");
  sqlite3_stmt* sum = prepare(database, "SELECT sum(a) FROM t");
  int number;
  for (number = 1; number <= 1000; ++number) {
    sqlite3_bind_int(insert, 1, number);
    CHECK_INT(sqlite3_step(insert), ==, SQLITE_DONE);
    CHECK_INT(sqlite3_reset(insert), ==, SQLITE_OK);
  }
  CHECK_INT(sqlite3_step(sum), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(sum, 0), ==, 500500);
  sqlite3_finalize(insert);
  finish(sum, database);
}

TEST("the rest of several statements is handed back", .tags = "prepare") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = NULL;
  const char* rest = NULL;
  CHECK_INT(sqlite3_prepare_v2(database, "SELECT 1; SELECT 2", -1, &statement, &rest), ==, SQLITE_OK);
  CHECK_STR_EQ(rest, " SELECT 2");
  CHECK_STR_EQ(sqlite3_sql(statement), "SELECT 1;");
  finish(statement, database);
}

static const char* const nothing_to_run[] = {"", " \n\t", "-- a comment", "/* another */", ";"};

TEST_EACH("text without a statement compiles to nothing", const char* const* sql, nothing_to_run, .tags = "prepare") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = NULL;
  CHECK_INT(sqlite3_prepare_v2(database, *sql, -1, &statement, NULL), ==, SQLITE_OK);
  CHECK(statement == NULL);
  finish(statement, database);
}

TEST("only the given length is compiled", .tags = "prepare") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = NULL;
  CHECK_INT(sqlite3_prepare_v2(database, "SELECT 12345", 9, &statement, NULL), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), ==, 12);
  finish(statement, database);
}

TEST("a statement that does not compile leaves no statement", .tags = "prepare error") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = (sqlite3_stmt*)&database;
  CHECK_INT(sqlite3_prepare_v2(database, "SELECT FROM", -1, &statement, NULL), ==, SQLITE_ERROR);
  CHECK(statement == NULL);
  finish(statement, database);
}

TEST("the expanded text shows what is bound", .tags = "prepare") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT ?, :b");
  char* expanded;
  sqlite3_bind_text(statement, 1, "it's", -1, SQLITE_STATIC);
  expanded = sqlite3_expanded_sql(statement);
  CHECK_STR_EQ(expanded, "SELECT 'it''s', NULL");
  sqlite3_free(expanded);
  finish(statement, database);
}

TEST("columns have names, tables and declared types", .tags = "column") {
  sqlite3* database = open_database("CREATE TABLE t (a INTEGER, b VARCHAR(10))");
  sqlite3_stmt* statement = prepare(database, "SELECT b AS word, a, a + 1 FROM t");
  CHECK_INT(sqlite3_column_count(statement), ==, 3);
  CHECK_STR_EQ(sqlite3_column_name(statement, 0), "word");
  CHECK_STR_EQ(sqlite3_column_decltype(statement, 0), "VARCHAR(10)");
  CHECK_STR_EQ(sqlite3_column_decltype(statement, 2), NULL);
  finish(statement, database);
}

TEST("columns know where they come from", .tags = "column") {
  sqlite3* database;
  sqlite3_stmt* statement;
  if (!sqlite3_compileoption_used("ENABLE_COLUMN_METADATA")) {
    SKIP("SQLite was built without column metadata");
  }
  database = open_database("CREATE TABLE t (a)");
  statement = prepare(database, "SELECT a AS renamed, 1 FROM t AS u");
  CHECK_STR_EQ(sqlite3_column_origin_name(statement, 0), "a");
  CHECK_STR_EQ(sqlite3_column_table_name(statement, 0), "t");
  CHECK_STR_EQ(sqlite3_column_database_name(statement, 0), "main");
  CHECK_STR_EQ(sqlite3_column_origin_name(statement, 1), NULL);
  finish(statement, database);
}

TEST("data is there only while a row is", .tags = "column") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT 1, 2");
  CHECK_INT(sqlite3_data_count(statement), ==, 0);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_data_count(statement), ==, 2);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_DONE);
  CHECK_INT(sqlite3_data_count(statement), ==, 0);
  finish(statement, database);
}

typedef struct statement_kind {
  const char* sql;
  int readonly;
  int explain;
} statement_kind;

static const statement_kind statement_kinds[] = {
    {"SELECT a FROM t", 1, 0},
    {"INSERT INTO t VALUES (1)", 0, 0},
    {"EXPLAIN SELECT a FROM t", 1, 1},
    {"EXPLAIN QUERY PLAN SELECT a FROM t", 1, 2},
    {"BEGIN", 1, 0},
};

TEST_EACH("a statement says whether it writes or explains", const statement_kind* kind, statement_kinds,
          .tags = "prepare") {
  sqlite3* database = open_database("CREATE TABLE t (a)");
  sqlite3_stmt* statement = prepare(database, kind->sql);
  INFO("sql: %s", kind->sql);
  CHECK_INT(sqlite3_stmt_readonly(statement) != 0, ==, kind->readonly);
  CHECK_INT(sqlite3_stmt_isexplain(statement), ==, kind->explain);
  finish(statement, database);
}

TEST("a statement is busy between its first row and its end", .tags = "reset") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT 1");
  CHECK_INT(sqlite3_stmt_busy(statement), ==, 0);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ROW);
  CHECK_INT(sqlite3_stmt_busy(statement), !=, 0);
  CHECK_INT(sqlite3_reset(statement), ==, SQLITE_OK);
  CHECK_INT(sqlite3_stmt_busy(statement), ==, 0);
  finish(statement, database);
}

TEST("a failure is told again by the reset", .tags = "reset error") {
  sqlite3* database = open_database("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)");
  sqlite3_stmt* statement = prepare(database, "INSERT INTO t VALUES (1)");
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_CONSTRAINT);
  CHECK_INT(sqlite3_reset(statement), ==, SQLITE_CONSTRAINT);
  finish(statement, database);
}

TEST("statements of a connection can be walked", .tags = "prepare") {
  sqlite3* database = open_database("");
  sqlite3_stmt* statement = prepare(database, "SELECT 1");
  CHECK(sqlite3_next_stmt(database, NULL) == statement);
  CHECK(sqlite3_next_stmt(database, statement) == NULL);
  CHECK(sqlite3_db_handle(statement) == database);
  finish(statement, database);
}

TEST("a table may be dropped under a compiled statement", .tags = "schema error") {
  sqlite3* database = open_database("CREATE TABLE t (a)");
  sqlite3_stmt* statement = prepare(database, "SELECT a FROM t");
  CHECK_INT(sqlite3_exec(database, "DROP TABLE t", NULL, NULL, NULL), ==, SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), ==, SQLITE_ERROR);
  CHECK_STR_EQ(sqlite3_errmsg(database), "no such table: t");
  sqlite3_finalize(statement);
  CHECK_INT(sqlite3_close(database), ==, SQLITE_OK);
}

TEST("nothing can be finalized", .tags = "prepare") { CHECK_INT(sqlite3_finalize(NULL), ==, SQLITE_OK); }
