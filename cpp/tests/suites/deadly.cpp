// A suite of cases that hang, or end their process in every way there is.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <pyharness/test.hpp>
#include <string>
#include <thread>

namespace {

[[noreturn]] void hang() {
  for (;;) {
    ::pause();
  }
}

// Blocks until the file is there that the test makes when it has seen what it was waiting for.
void wait_for_file(const char* variable) {
  const char* path = ::getenv(variable);
  for (int file = -1; path != nullptr && file < 0;) {
    file = ::open(path, O_RDONLY);
    if (file >= 0) {
      ::close(file);
    }
    ::usleep(1000);
  }
}

}  // namespace

TEST("hangs", timeout(150ms)) {
  std::puts("before hanging");
  hang();
}
TEST("hangs, too", timeout(150ms)) { hang(); }
TEST("hangs for ever", timeout(0s)) { hang(); }
TEST("fails, then hangs", timeout(150ms)) {
  CHECK(1 == 2);
  hang();
}
TEST("waits for the test", timeout(0s)) {
  std::puts("waiting");
  wait_for_file("PYHARNESS_TEST_GO_ON");
}
TEST_EACH("quick", (int number), range(0, 200)) { CHECK(number >= 0); }

TEST("closes all descriptors") { ::syscall(SYS_close_range, 3U, ~0U, 0U); }
TEST("fails in a child thread and prints") {
  std::puts("printed");
  std::thread([] { CHECK(1 == 2); }).join();
}

TEST("crashes") {
  std::puts("last words");
  CHECK(1 == 2);
  ::raise(SIGSEGV);
}
TEST("writes to address 8") {
  volatile std::uintptr_t address = 8;
  *reinterpret_cast<volatile int*>(address) = 1;
}
TEST("aborts in a child thread") {
  std::thread([] { ::abort(); }).join();
}
TEST("exits with 0") { ::exit(0); }
TEST("exits with 7 in a child thread") {
  std::thread([] { ::exit(7); }).join();
}
TEST("leaves with _exit") { ::_exit(3); }
TEST("kills itself") { ::kill(::getpid(), SIGKILL); }
TEST("dies only in a forked child") {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::abort();
  }
  REQUIRE(child > 0);
}
TEST("returns in a forked child too") { REQUIRE(::fork() >= 0); }
TEST("leaves a daemon behind") {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      hang();
    }
    ::_exit(0);
  }
}
