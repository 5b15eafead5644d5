#include <csignal>
#include <pyharness/test.hpp>

TEST("culprit") {
  sigset_t all;
  sigfillset(&all);
  CHECK(::pthread_sigmask(SIG_BLOCK, &all, nullptr) == 0);
}
