#include <pyharness/test.hpp>

TEST("culprit", timeout(1s)) {
  volatile bool stop = false;
  while (!stop) {
  }
}
