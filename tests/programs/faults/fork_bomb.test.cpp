#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  for (int count = 0; count < 200; ++count) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::sleep(300);
      ::_exit(0);
    }
    REQUIRE(child > 0);
  }
}
