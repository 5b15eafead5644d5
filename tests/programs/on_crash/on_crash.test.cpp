// Crashes while others run. A culprit waits until as many neighbours as RUNNING says have begun.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <pyharness/test.hpp>
#include <string>
#include <thread>

namespace {

void nap(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

std::string named(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

// One byte a start.
void say_started() {
  const int descriptor = ::open(named("STARTED_FILE").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  CHECK(::write(descriptor, ".", 1) == 1);
  ::close(descriptor);
}

void wait_for_neighbours() {
  const auto wanted = std::strtol(named("RUNNING").c_str(), nullptr, 10);
  struct stat status{};
  while (::stat(named("STARTED_FILE").c_str(), &status) != 0 || status.st_size < wanted) {
    nap(std::chrono::milliseconds(1));
  }
}

__attribute__((noinline)) void crash_here() {
  std::printf("about to crash\n");
  std::abort();
}

}  // namespace

TEST("aborts beside others", "culprit") {
  wait_for_neighbours();
  crash_here();
}
TEST("exits beside others", "culprit") {
  wait_for_neighbours();
  ::_exit(3);
}
TEST("is killed beside others", "culprit") {
  wait_for_neighbours();
  ::kill(::getpid(), SIGKILL);
}
TEST("aborts after a failure", "culprit") {
  CHECK(1 == 2);
  crash_here();
}
TEST("deletes its suite and crashes", "culprit") {
  CHECK(::unlink(named("SUITE").c_str()) == 0);
  std::abort();
}
TEST_EACH("neighbour", (int), range(0, 15)) {
  say_started();
  nap(std::chrono::milliseconds(150));
}
TEST_EACH("talks", (int number), range(0, 2)) {
  std::printf("talk %d\n", number);
  say_started();
  nap(std::chrono::milliseconds(150));
}
TEST_EACH("quick", (int number), range(0, 20)) { CHECK(number >= 0); }
