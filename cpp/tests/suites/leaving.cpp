// A suite of cases that pass and leave something behind, and of one that looks for it.
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <pyharness/test.hpp>
#include <string>
#include <thread>

namespace {

[[noreturn]] void hang() {
  for (;;) {
    ::pause();
  }
}

void on_signal(int /*signal*/) {}

std::string working_directory() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) == nullptr ? "" : path;
}

}  // namespace

TEST("changes the directory") { CHECK(::chdir("/proc") == 0); }
TEST("changes the umask") { ::umask(0); }
TEST("sets a variable") { CHECK(::setenv("PYHARNESS_TEST_LEFT", "1", 1) == 0); }
TEST("handles a signal") { CHECK(::signal(SIGUSR1, on_signal) != SIG_ERR); }
TEST("blocks a signal") {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGUSR2);
  CHECK(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
}
TEST("leaves a process") {
  if (::fork() == 0) {
    hang();
  }
}
TEST("leaves a thread") { std::thread(hang).detach(); }
TEST("leaves nothing") {}

TEST("finds nothing changed") {
  CHECK(working_directory() != "/proc");
  const mode_t mask = ::umask(0777);
  ::umask(mask);
  CHECK(mask != 0);
  CHECK(::getenv("PYHARNESS_TEST_LEFT") == nullptr);
  struct sigaction action{};
  CHECK(::sigaction(SIGUSR1, nullptr, &action) == 0);
  CHECK((action.sa_handler == SIG_DFL));
  sigset_t signals;
  CHECK(::pthread_sigmask(SIG_BLOCK, nullptr, &signals) == 0);
  CHECK(::sigismember(&signals, SIGUSR2) == 0);
}
