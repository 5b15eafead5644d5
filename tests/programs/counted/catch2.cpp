#include <catch2/catch.hpp>

#include "times.hpp"

extern "C" int counted_by_catch2(int value) { return value; }

TEST_CASE("ones") { times(1, counted_by_catch2); }
TEST_CASE("tens") { times(10, counted_by_catch2); }
TEST_CASE("hundreds") { times(100, counted_by_catch2); }
TEST_CASE("thousands") {
  SECTION("half") { times(500, counted_by_catch2); }
  SECTION("and half") { times(500, counted_by_catch2); }
}
