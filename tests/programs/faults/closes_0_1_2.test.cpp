#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    CHECK(::close(descriptor) == 0);
  }
}
