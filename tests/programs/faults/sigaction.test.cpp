#include <csignal>
#include <pyharness/test.hpp>

TEST("culprit") {
  struct sigaction ignored{};
  ignored.sa_handler = SIG_IGN;
  CHECK(::sigaction(SIGTERM, &ignored, nullptr) == 0);
  struct sigaction handled{};
  handled.sa_handler = [](int) {};
  CHECK(::sigaction(SIGSEGV, &handled, nullptr) == 0);
}
