#include <doctest/doctest.h>

TEST_CASE("repeats") {}

TEST_SUITE("one suite") {
  TEST_CASE("twice in a suite") {}
}
