// doctest: names that select each other, decorators.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

TEST_CASE("adds") { CHECK(1 + 1 == 2); }
TEST_CASE("fails") { CHECK(1 + 1 == 3); }
TEST_CASE("a, comma") { CHECK(true); }
TEST_CASE("does it?") { CHECK(true); }
TEST_CASE("Letters") { CHECK(true); }
TEST_CASE("letters") { CHECK(false); }
TEST_CASE("same") { CHECK(true); }
TEST_CASE("same") { CHECK(false); }
TEST_CASE("left out" * doctest::skip()) { CHECK(false); }
TEST_CASE("may fail" * doctest::may_fail()) { CHECK(false); }
TEST_CASE("should fail" * doctest::should_fail()) { CHECK(false); }
TEST_SUITE("inner") {
  TEST_CASE("of a suite") { CHECK(true); }
}
