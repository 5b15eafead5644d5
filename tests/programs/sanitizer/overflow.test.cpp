#include <pyharness/test.hpp>

TEST_EACH("fine", (int number), range(0, 20)) { CHECK(number >= 0); }

TEST("overflow") {
  int* const volatile numbers = new int[4];
  numbers[4] = 1;
  delete[] numbers;
}
