// Tests in a header: each file that includes it has them, under its own prefix.
#pragma once

#include <pyharness/test.hpp>

#include <vector>

inline std::vector<int> numbers() {
  return {3, 4};
}

TEST("is in a header") { CHECK(1 == 1); }
TEST_EACH("counts in a header", (int number), numbers()) { CHECK(number > 3); }
