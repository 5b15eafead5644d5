// A suite of cases that hang, end their process in every way there is, or use more than they should.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <pyharness/test.hpp>
#include <string>
#include <thread>
#include <vector>

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

// For the test that waits for it.
void say_reached() {
  const char* path = ::getenv("PYHARNESS_TEST_REACHED");
  const int file = path == nullptr ? -1 : ::open(path, O_WRONLY | O_CREAT, 0600);
  if (file >= 0) {
    ::close(file);
  }
}

const char* signalled_path = nullptr;

// Leaves the signal's number where the test looks for it.
extern "C" void tell_signal(int signal) {
  const int file = ::open(signalled_path, O_WRONLY | O_CREAT, 0600);
  const char digits[] = {static_cast<char>('0' + signal / 10), static_cast<char>('0' + signal % 10)};
  ::_exit(::write(file, digits, sizeof digits) == sizeof digits ? 0 : 1);
}

volatile sig_atomic_t stopped = 0;

extern "C" void note_stop(int /*signal*/) { stopped = 1; }

}  // namespace

// Found by the test, which looks whether a stack leads through here.
extern "C" __attribute__((visibility("default"), noinline)) void hang_here() { hang(); }

TEST("hangs", timeout(150ms)) {
  std::puts("before hanging");
  hang();
}
TEST("hangs, too", timeout(150ms)) { hang(); }
TEST("waits for any signal", timeout(150ms)) { ::pause(); }
TEST("hangs for ever", timeout(0s)) { hang(); }
TEST("prints and hangs for ever", timeout(0s)) {
  std::puts("before hanging");
  say_reached();
  hang_here();
}
TEST("fails, then hangs", timeout(150ms)) {
  CHECK(1 == 2);
  hang();
}
TEST("waits for the test", timeout(0s)) {
  std::puts("waiting");
  wait_for_file("PYHARNESS_TEST_GO_ON");
}
TEST("hangs in hang_here", timeout(150ms)) { hang_here(); }
TEST("ignores SIGTERM, then hangs", timeout(150ms)) {
  ::signal(SIGTERM, SIG_IGN);
  hang();
}
TEST("tells the signal that stops it", timeout(150ms)) {
  signalled_path = ::getenv("PYHARNESS_TEST_SIGNALLED");
  ::signal(SIGUSR1, tell_signal);
  ::signal(SIGTERM, tell_signal);
  hang();
}
TEST("prints what it knows when it is stopped", timeout(150ms)) {
  ::signal(SIGTERM, note_stop);
  std::puts("before hanging");
  while (stopped == 0) {
    ::usleep(1000);
  }
  std::puts("stopped");
  ::_exit(0);
}
TEST("floods when it is stopped", timeout(150ms)) {
  ::signal(SIGTERM, note_stop);
  while (stopped == 0) {
    ::usleep(1000);
  }
  for (int line = 0; line < 100'000; ++line) {
    std::puts("flood");
  }
  std::puts("end");
  ::_exit(0);
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
TEST("leaves by quick_exit") { ::quick_exit(0); }
TEST("stops itself", timeout(0s)) {
  ::kill(::getpid(), SIGSTOP);
  hang();
}
TEST("crashes when told", timeout(0s)) {
  wait_for_file("PYHARNESS_TEST_GO_ON");
  ::raise(SIGSEGV);
}
// One of these breaks the heap, and the other finds it broken. Once the file is there, the first does it all alone.
std::atomic<unsigned char*> victim{nullptr};

TEST("breaks the heap for others", timeout(0s)) {
  const char* path = ::getenv("PYHARNESS_TEST_REACHED");
  if (path == nullptr || ::access(path, F_OK) == 0) {
    unsigned char* volatile own = static_cast<unsigned char*>(::malloc(2000));  // else nothing of this is compiled
    std::memset(own - 16, 0x5a, 64);
    ::free(own);
    return;
  }
  while (victim == nullptr) {
    ::usleep(1000);
  }
  std::memset(victim - 16, 0x5a, 64);
  say_reached();
  hang();
}
TEST("finds the heap broken", timeout(0s)) {
  const char* path = ::getenv("PYHARNESS_TEST_REACHED");
  if (path == nullptr || ::access(path, F_OK) == 0) {
    return;
  }
  auto* own = static_cast<unsigned char*>(::malloc(2000));
  victim = own;
  wait_for_file("PYHARNESS_TEST_REACHED");
  ::free(own);
}
TEST("uses much memory", timeout(0s)) {
  const std::vector<char> much(std::size_t{512} << 20U, 'x');
  hang();
}

TEST("floods, then waits", timeout(0s)) {
  const std::string megabyte(std::size_t{1} << 20U, 'x');
  std::puts("begin");
  for (int count = 0; count < 300; ++count) {
    std::fwrite(megabyte.data(), 1, megabyte.size(), stdout);
  }
  std::puts("end");
  wait_for_file("PYHARNESS_TEST_GO_ON");
}
TEST_EACH("prints a megabyte", (int number), range(0, 100)) {
  std::puts((std::to_string(number) + std::string(std::size_t{1} << 20U, 'x')).c_str());
}

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
