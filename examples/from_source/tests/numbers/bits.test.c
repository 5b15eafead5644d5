#include <pyharness/test.h>

#include "numbers.h"

TEST("none is set") { CHECK_UINT(count_bits(0), ==, 0); }
TEST("all are set") { CHECK_UINT(count_bits(UINT32_MAX), ==, 32); }
TEST("one is set at each place") {
  for (int place = 0; place < 32; ++place) CHECK_UINT(count_bits(UINT32_C(1) << place), ==, 1);
}
