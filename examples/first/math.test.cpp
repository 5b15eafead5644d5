// A first suite: one plain case and one with parameters.
#include <cmath>
#include <pyharness/test.hpp>

TEST("adds", "math") { CHECK(1 + 1 == 2); }

TEST_EACH("the square of a square root is the number", (double number), values(1.0, 2.0, 100.0), "math") {
  const double root = std::sqrt(number);
  CHECK(std::abs(root * root - number) < 1e-9);
}
