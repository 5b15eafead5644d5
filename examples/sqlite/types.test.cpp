// Values and types: affinity of columns, conversions when reading, casts, order between types, arithmetic, NULL.
#include <cmath>
#include <limits>
#include <pyharness/test.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "database.hpp"

namespace {

using Pair = std::pair<std::string, std::string>;
using Triple = std::tuple<std::string, std::string, std::string>;

}  // namespace

TEST_EACH("a column's affinity decides what is stored", (std::string declared, std::string literal, std::string stored),
          values(Triple("INTEGER", "'12'", "integer"), Triple("INTEGER", "'12.5'", "real"),
                 Triple("INTEGER", "12.0", "integer"), Triple("INTEGER", "'word'", "text"),
                 Triple("INTEGER", "x'31'", "blob"), Triple("TEXT", "12", "text"), Triple("VARCHAR(10)", "1.5", "text"),
                 Triple("REAL", "3", "real"), Triple("DOUBLE", "'2'", "real"), Triple("NUMERIC", "'3.0'", "integer"),
                 Triple("DECIMAL(5, 2)", "'1e2'", "integer"), Triple("BLOB", "'3'", "text"), Triple("", "7", "integer"),
                 Triple("CHARINT", "'5'", "integer"), Triple("FLOATING POINT", "5", "integer")),
          "affinity") {
  Database database;
  database.run("CREATE TABLE t (a " + declared + "); INSERT INTO t VALUES (" + literal + ")");
  CHECK(database.rows("SELECT typeof(a) FROM t") == stored);
}

TEST_EACH("a cast takes what looks like the type", (std::string expression, std::string result),
          values(Pair("CAST('12abc' AS INTEGER)", "12"), Pair("CAST('abc' AS INTEGER)", "0"),
                 Pair("CAST(-3.9 AS INTEGER)", "-3"), Pair("CAST('1e3' AS REAL)", "1000.0"),
                 Pair("CAST(x'4142' AS TEXT)", "AB"), Pair("CAST(65 AS TEXT) || '!'", "65!"),
                 Pair("CAST(1e300 AS INTEGER)", "9223372036854775807"), Pair("CAST(NULL AS INTEGER)", "NULL"),
                 Pair("hex(CAST(12 AS BLOB))", "3132")),
          "cast") {
  CHECK(Database().rows("SELECT " + expression) == result);
}

TEST_EACH("arithmetic follows its types", (std::string expression, std::string result),
          values(Pair("7 / 2", "3"), Pair("-7 / 2", "-3"), Pair("7 / 2.0", "3.5"), Pair("-7 % 3", "-1"),
                 Pair("1 / 0", "NULL"), Pair("5 % 0", "NULL"), Pair("'3' + '4'", "7"), Pair("'3.5' + 1", "4.5"),
                 Pair("9223372036854775807 + 1", "9.22337203685478e+18"), Pair("0x10 + 1", "17"),
                 Pair("1 << 4 | 1", "17"), Pair("~0", "-1"), Pair("-1 >> 1", "-1"), Pair("round(2.567, 2)", "2.57")),
          "arithmetic") {
  CHECK(Database().rows("SELECT " + expression) == result);
}

TEST_EACH("NULL is neither true nor false", (std::string expression, std::string result),
          values(Pair("NULL = NULL", "NULL"), Pair("NULL IS NULL", "1"), Pair("NULL AND 0", "0"),
                 Pair("NULL AND 1", "NULL"), Pair("NULL OR 1", "1"), Pair("NOT NULL", "NULL"),
                 Pair("1 IN (2, NULL)", "NULL"), Pair("1 NOT IN (1, NULL)", "0"),
                 Pair("1 IS NOT DISTINCT FROM NULL", "0"), Pair("coalesce(NULL, NULL, 3)", "3"),
                 Pair("NULL || 'x'", "NULL")),
          "null") {
  CHECK(Database().rows("SELECT " + expression) == result);
}

TEST_EACH("comparison depends on affinity and collation", (std::string expression, bool holds),
          values(std::pair<std::string, bool>("'10' < 9", false), std::pair("'10' < '9'", true),
                 std::pair("1 = 1.0", true), std::pair("1 = '1'", false), std::pair("CAST('1' AS INTEGER) = '1'", true),
                 std::pair("'a' = 'A'", false), std::pair("'a' = 'A' COLLATE NOCASE", true),
                 std::pair("'a ' = 'a'", false), std::pair("'a  ' = 'a' COLLATE RTRIM", true),
                 std::pair("x'61' = 'a'", false)),
          "compare") {
  CHECK((Database().number("SELECT " + expression) == 1) == holds);
}

TEST_F(Database, "types sort NULL, numbers, text, blobs", "compare") {
  CHECK(rows("SELECT typeof(column1) FROM (VALUES (x'00'), ('a'), (2.5), (NULL), (1)) ORDER BY column1") ==
        "null;integer;real;text;blob");
}

TEST_EACH("integers keep all 64 bits", (std::int64_t number),
          values<std::int64_t>(0, -1, 127, 128, 1LL << 47, std::numeric_limits<std::int64_t>::max(),
                               std::numeric_limits<std::int64_t>::min()),
          "exact") {
  Database database;
  database.run("CREATE TABLE t (a)");
  Statement(database.get(), "INSERT INTO t VALUES (?)").bind(1, number).step();
  CHECK(database.number("SELECT a FROM t") == number);
}

TEST_EACH("floating-point numbers keep every bit", (double number),
          values(0.1, -2.5, 1e308, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::infinity(),
                 3.141592653589793),
          "exact") {
  Database database;
  database.run("CREATE TABLE t (a)");
  Statement(database.get(), "INSERT INTO t VALUES (?)").bind(1, number).step();
  Statement statement(database.get(), "SELECT a FROM t");
  REQUIRE(statement.step());
  CHECK(sqlite3_column_double(statement.get(), 0) == number);
}

TEST_F(Database, "not a number is stored as NULL", "exact") {
  run("CREATE TABLE t (a)");
  Statement(get(), "INSERT INTO t VALUES (?)").bind(1, std::nan("")).step();
  CHECK(rows("SELECT typeof(a) FROM t") == "null");
}

TEST_F(Database, "a reader may ask for another type", "read") {
  Statement statement(get(), "SELECT '42 apples', 42, 4.75, NULL");
  REQUIRE(statement.step());
  CHECK(sqlite3_column_int(statement.get(), 0) == 42);
  CHECK(statement.text(1) == "42");
  CHECK(sqlite3_column_int(statement.get(), 2) == 4);
  CHECK(sqlite3_column_int(statement.get(), 3) == 0);
  CHECK(sqlite3_column_text(statement.get(), 3) == nullptr);
}

TEST_F(Database, "text is counted in characters, blobs in bytes", "text") {
  CHECK(rows("SELECT length('h\xc3\xa9llo'), length(CAST('h\xc3\xa9llo' AS BLOB)), unicode('\xe2\x82\xac')") ==
        "5|6|8364");
}

TEST_F(Database, "text comes out in UTF-16 too", "text") {
  Statement statement(get(), "SELECT 'h\xc3\xa9'");
  REQUIRE(statement.step());
  const auto* units = static_cast<const char16_t*>(sqlite3_column_text16(statement.get(), 0));
  REQUIRE(sqlite3_column_bytes16(statement.get(), 0) == 4);
  CHECK(std::u16string(units, 2) == u"h\u00e9");
}

TEST_EACH("a database may hold text in any encoding", (const char* encoding), values("UTF-8", "UTF-16le", "UTF-16be"),
          "text") {
  Database database;
  database.run(std::string("PRAGMA encoding = '") + encoding +
               "'; CREATE TABLE t (a); INSERT INTO t VALUES ('\xe2\x82\xac 5')");
  CHECK(database.rows("PRAGMA encoding") == encoding);
  CHECK(database.rows("SELECT a FROM t") == "\xe2\x82\xac 5");
}

TEST_F(Database, "a strict table knows only six types", "strict", "error") {
  CHECK(code_of("CREATE TABLE t (a VARCHAR) STRICT") == SQLITE_ERROR);
  run("CREATE TABLE t (a INT, b INTEGER, c REAL, d TEXT, e BLOB, f ANY) STRICT");
}

TEST_F(Database, "ANY in a strict table converts nothing", "strict") {
  run("CREATE TABLE t (a ANY) STRICT; INSERT INTO t VALUES ('007'), (7)");
  CHECK(rows("SELECT a, typeof(a) FROM t") == "007|text;7|integer");
}

TEST_EACH("dates are computed", (std::string expression, std::string result),
          values(Pair("date('2024-01-31', '+1 month')", "2024-03-02"),
                 Pair("date('2024-02-28', '+1 day')", "2024-02-29"), Pair("strftime('%s', '1970-01-02')", "86400"),
                 Pair("julianday('2000-01-01 12:00')", "2451545.0"),
                 Pair("date('2023-12-31', 'start of year')", "2023-01-01"), Pair("strftime('%w', '2024-02-29')", "4"),
                 Pair("time('12:00', '-90 minutes')", "10:30:00"), Pair("date('not a date')", "NULL")),
          "date") {
  CHECK(Database().rows("SELECT " + expression) == result);
}
