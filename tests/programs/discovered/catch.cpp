// Catch2: names with what is special in its filters.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

TEST_CASE("adds", "[quick]") { CHECK(1 + 1 == 2); }
TEST_CASE("fails", "[fails]") { CHECK(1 + 1 == 3); }
TEST_CASE("a, comma", "[quick]") { CHECK(true); }
TEST_CASE("with [brackets]") { CHECK(false); }
TEST_CASE("ends with *") { CHECK(true); }
TEST_CASE("Letters") { CHECK(true); }
TEST_CASE("letters") { CHECK(false); }
TEST_CASE("may fail", "[!mayfail]") { CHECK(false); }
TEST_CASE("hidden", "[.]") { CHECK(false); }
TEST_CASE("sections") {
  SECTION("one") { CHECK(true); }
  SECTION("two") { CHECK(false); }
}
