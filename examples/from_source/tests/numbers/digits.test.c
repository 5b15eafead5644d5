#include <pyharness/test.h>

#include "numbers.h"

TEST("adds the digits") { CHECK_UINT(digit_sum(1984), ==, 22); }
TEST("knows the largest number") { CHECK_UINT(digit_sum(UINT64_MAX), ==, 87); }
TEST("leaves the rest of nine") {
  for (uint64_t number = 1; number < 1000; ++number) CHECK_UINT(digit_sum(number) % 9, ==, number % 9);
}
