// Functions, aggregates and collations written by the application, and hooks that see statements before they run.
#include <algorithm>
#include <pyharness/test.hpp>
#include <string>

#include "database.hpp"

namespace {

using Arguments = sqlite3_value**;

void define(Database& database, const char* name, int argument_count, void (*call)(sqlite3_context*, int, Arguments),
            int flags = 0, void* user = nullptr) {
  sqlite3_create_function_v2(database.get(), name, argument_count, SQLITE_UTF8 | flags, user, call, nullptr, nullptr,
                             nullptr);
}

void reverse_text(sqlite3_context* context, int, Arguments arguments) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
  std::string reversed = text == nullptr ? "" : text;
  std::reverse(reversed.begin(), reversed.end());
  sqlite3_result_text(context, reversed.c_str(), -1, SQLITE_TRANSIENT);
}

void count_arguments(sqlite3_context* context, int count, Arguments) { sqlite3_result_int(context, count); }

void count_calls(sqlite3_context* context, int, Arguments) {
  sqlite3_result_int(context, ++*static_cast<int*>(sqlite3_user_data(context)));
}

void always_fail(sqlite3_context* context, int, Arguments) {
  sqlite3_result_error(context, "out of apples", -1);
  sqlite3_result_error_code(context, SQLITE_RANGE);
}

struct Product {
  double value;
  bool started;
};

Product& product_of(sqlite3_context* context) {
  auto* product = static_cast<Product*>(sqlite3_aggregate_context(context, sizeof(Product)));
  if (!product->started) {
    *product = {1, true};
  }
  return *product;
}

void product_step(sqlite3_context* context, int, Arguments arguments) {
  product_of(context).value *= sqlite3_value_double(arguments[0]);
}
void product_inverse(sqlite3_context* context, int, Arguments arguments) {
  product_of(context).value /= sqlite3_value_double(arguments[0]);
}
void product_value(sqlite3_context* context) { sqlite3_result_double(context, product_of(context).value); }

int by_length(void*, int left_size, const void*, int right_size, const void*) { return left_size - right_size; }

struct WithProduct : Database {
  WithProduct() {
    sqlite3_create_window_function(get(), "product", 1, SQLITE_UTF8, nullptr, product_step, product_value,
                                   product_value, product_inverse, nullptr);
  }
};

}  // namespace

TEST_F(Database, "a function of one's own is called per row", "scalar") {
  define(*this, "reverse_text", 1, reverse_text);
  CHECK(rows("SELECT reverse_text(column1) FROM (VALUES ('abc'), ('de'))") == "cba;ed");
}

TEST_F(Database, "a function is chosen by its number of arguments", "scalar") {
  define(*this, "arity", -1, count_arguments);
  define(*this, "arity", 1, reverse_text);
  CHECK(rows("SELECT arity(), arity('ab'), arity(1, 2, 3)") == "0|ba|3");
}

TEST_F(Database, "a built-in function may be replaced and restored", "scalar") {
  define(*this, "upper", 1, reverse_text);
  CHECK(rows("SELECT upper('ab')") == "ba");
  define(*this, "upper", 1, nullptr);
  CHECK_THROWS_AS(rows("SELECT upper('ab')"), SqlError);
}

TEST_F(Database, "a failing function fails its statement", "scalar", "error") {
  define(*this, "always_fail", 0, always_fail);
  CHECK(code_of("SELECT always_fail()") == SQLITE_RANGE);
}

TEST_F(Database, "the wrong number of arguments is refused", "scalar", "error") {
  define(*this, "reverse_text", 1, reverse_text);
  CHECK(code_of("SELECT reverse_text()") == SQLITE_ERROR);
  CHECK(std::string(sqlite3_errmsg(get())) == "wrong number of arguments to function reverse_text()");
}

TEST_F(Database, "a deterministic function may be indexed, another may not", "scalar") {
  define(*this, "stable", 1, reverse_text, SQLITE_DETERMINISTIC);
  define(*this, "unstable", 1, reverse_text);
  run("CREATE TABLE t (a); CREATE INDEX good ON t (stable(a))");
  CHECK(code_of("CREATE INDEX bad ON t (unstable(a))") == SQLITE_ERROR);
}

TEST_F(Database, "a direct-only function cannot hide in a view", "scalar", "error") {
  define(*this, "direct", 1, reverse_text, SQLITE_DIRECTONLY);
  run("CREATE VIEW v AS SELECT direct('ab')");
  CHECK(rows("SELECT direct('ab')") == "ba");
  CHECK(code_of("SELECT * FROM v") == SQLITE_ERROR);
}

TEST_F(Database, "what is not needed is not computed", "scalar") {
  int calls = 0;
  define(*this, "counted", 0, count_calls, 0, &calls);
  run("SELECT CASE WHEN 1 THEN 2 ELSE counted() END, coalesce(1, counted())");
  CHECK(calls == 0);
  run("SELECT counted() FROM (VALUES (1), (2), (3))");
  CHECK(calls == 3);
}

TEST("what belongs to a function is freed with it", "memory") {
  int destroyed = 0;
  {
    Database database;
    sqlite3_create_function_v2(database.get(), "owner", 0, SQLITE_UTF8, &destroyed, count_arguments, nullptr, nullptr,
                               [](void* counter) { ++*static_cast<int*>(counter); });
    CHECK(destroyed == 0);
  }
  CHECK(destroyed == 1);
}

TEST_F(WithProduct, "an aggregate sees every row of its group", "aggregate") {
  CHECK(rows("SELECT column1, product(column2) FROM (VALUES ('a', 2), ('b', 5), ('a', 3)) GROUP BY column1") ==
        "a|6.0;b|5.0");
}

TEST_F(WithProduct, "an aggregate of nothing still gives a value", "aggregate") {
  CHECK(rows("SELECT product(1) WHERE 0") == "1.0");
}

TEST_F(WithProduct, "DISTINCT and FILTER apply to any aggregate", "aggregate") {
  CHECK(rows("SELECT product(DISTINCT column1), product(column1) FILTER (WHERE column1 > 2) FROM (VALUES (2), (2), "
             "(3))") == "6.0|3.0");
}

TEST_F(WithProduct, "an aggregate with an inverse slides over a window", "aggregate", "window") {
  CHECK(
      rows(
          "SELECT product(column1) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (2), (3), (4), (5))") ==
      "2.0;6.0;12.0;20.0");
}

TEST_F(Database, "a collation of one's own orders and compares", "collation") {
  sqlite3_create_collation(get(), "by_length", SQLITE_UTF8, nullptr, by_length);
  CHECK(rows("SELECT column1 FROM (VALUES ('ccc'), ('a'), ('bb')) ORDER BY column1 COLLATE by_length") == "a;bb;ccc");
  CHECK(number("SELECT 'ab' = 'xy' COLLATE by_length") == 1);
}

TEST_F(Database, "an unknown collation is refused", "collation", "error") {
  CHECK(code_of("SELECT 'a' = 'b' COLLATE nowhere") == SQLITE_ERROR_MISSING_COLLSEQ);
}

TEST_F(Database, "a collation may be supplied when it is needed", "collation") {
  sqlite3_collation_needed(get(), nullptr, [](void*, sqlite3* connection, int, const char* name) {
    sqlite3_create_collation(connection, name, SQLITE_UTF8, nullptr, by_length);
  });
  CHECK(number("SELECT 'ab' = 'xy' COLLATE whatever") == 1);
}

TEST_F(Database, "an authorizer refuses what it does not like", "authorizer", "error") {
  run("CREATE TABLE t (a, secret); INSERT INTO t VALUES (1, 2)");
  sqlite3_set_authorizer(
      get(),
      [](void*, int action, const char*, const char* column, const char*, const char*) {
        if (action == SQLITE_DELETE) {
          return SQLITE_DENY;
        }
        return action == SQLITE_READ && std::string(column) == "secret" ? SQLITE_IGNORE : SQLITE_OK;
      },
      nullptr);
  CHECK(rows("SELECT * FROM t") == "1|NULL");
  CHECK(code_of("DELETE FROM t") == SQLITE_AUTH);
}

TEST_F(Database, "a value keeps its subtype only inside one expression", "scalar") {
  define(*this, "mark", 1, [](sqlite3_context* context, int, Arguments arguments) {
    sqlite3_result_value(context, arguments[0]);
    sqlite3_result_subtype(context, 42);
  });
  define(*this, "marked", 1, [](sqlite3_context* context, int, Arguments arguments) {
    sqlite3_result_int(context, static_cast<int>(sqlite3_value_subtype(arguments[0])));
  });
  CHECK(rows("SELECT marked(mark('x')), marked('x')") == "42|0");
}
