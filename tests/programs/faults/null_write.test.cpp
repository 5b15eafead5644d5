#include <pyharness/test.hpp>

TEST("culprit") {
  int* volatile nowhere = nullptr;
  *nowhere = 42;
}
