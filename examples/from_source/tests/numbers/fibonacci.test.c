#include <pyharness/test.h>

#include "numbers.h"

TEST("begins with zero and one") {
  uint64_t number = 7;
  REQUIRE(fibonacci(0, &number));
  CHECK_UINT(number, ==, 0);
  REQUIRE(fibonacci(1, &number));
  CHECK_UINT(number, ==, 1);
}
TEST("has its tenth") {
  uint64_t number = 0;
  REQUIRE(fibonacci(10, &number));
  CHECK_UINT(number, ==, 55);
}
TEST("says when there is no room for it") {
  uint64_t number = 0;
  CHECK(!fibonacci(100, &number));
}
