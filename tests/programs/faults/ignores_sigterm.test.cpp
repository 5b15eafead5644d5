#include <csignal>
#include <pyharness/test.hpp>

TEST("culprit", timeout(1s)) {
  ::signal(SIGTERM, SIG_IGN);
  volatile bool stop = false;
  while (!stop) {
  }
}
