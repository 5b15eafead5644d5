// Cases that a run must not wait for, and quick ones beside them.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <pyharness/test.hpp>
#include <thread>

// One byte a case in the file that the environment names: whoever wants to interrupt knows when.
static void say_started() {
  if (const char* file = std::getenv("STARTED_FILE")) {
    const int descriptor = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    CHECK(::write(descriptor, ".", 1) == 1);
    ::close(descriptor);
  }
}

__attribute__((noinline)) static void sleep_here() { std::this_thread::sleep_for(std::chrono::seconds(60)); }

TEST_EACH("talker", (int number), range(0, 2)) {
  std::printf("talker %d goes to sleep\n", number);
  say_started();
  sleep_here();
}
TEST_EACH("sleeper", (int), range(0, 16)) {
  say_started();
  std::this_thread::sleep_for(std::chrono::seconds(60));
}
TEST_EACH("quick", (int number), range(0, 20)) { CHECK(number >= 0); }
TEST_EACH("second", (int), range(0, 4)) {
  say_started();
  std::this_thread::sleep_for(std::chrono::seconds(1));
}
TEST_EACH("parent", (int), range(0, 4)) {
  say_started();
  CHECK(std::system("sleep 60") == 0);
}
