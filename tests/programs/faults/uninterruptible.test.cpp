// The parent of a vfork sleeps in the kernel (state D) until its child lets go: no signal but SIGKILL wakes it.
#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit", timeout(1s)) {
  const pid_t child = ::vfork();
  if (child == 0) {
    for (;;) {
      ::pause();
    }
  }
  FAIL("the child let go");
}
