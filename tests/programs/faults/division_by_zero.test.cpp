#include <pyharness/test.hpp>

TEST("culprit") {
  volatile int above = 1;
  volatile int below = 0;
  CHECK(above / below == 0);
}
