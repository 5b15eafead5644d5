// Cases that have to be stopped, and what they notice of it: the signals, one a line, in the file NOTES.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pyharness/test.hpp>
#include <thread>

namespace {

// A handler may run on any thread, and not each has the descriptors of this case: the file is opened where it is
// needed.
void note(int signal) {
  const char* file = std::getenv("NOTES");
  const int notes = ::open(file == nullptr ? "notes" : file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const char* text = signal == SIGTERM ? "TERM\n" : "INT\n";
  (void)!::write(notes, text, std::strlen(text));
  ::close(notes);
}

volatile std::sig_atomic_t told_to_stop = 0;

void note_and_go(int signal) {
  note(signal);
  ::_exit(0);
}

[[noreturn]] void for_ever() {
  for (;;) {
    ::pause();
  }
}

__attribute__((noinline)) void spin_around_here() {
  std::atomic<bool> stop{false};
  while (!stop) {
  }
}

}  // namespace

TEST("notes and stays", timeout(100ms)) {
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
  for_ever();
}
TEST("notes and goes", timeout(100ms)) {
  std::signal(SIGTERM, note_and_go);
  for_ever();
}
TEST("dumps and goes", timeout(100ms)) {
  std::signal(SIGTERM, [](int) { told_to_stop = 1; });
  std::puts("waiting for packets");
  while (told_to_stop == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::puts("3 of 7 packets");
  ::_exit(0);
}
TEST("has no handler", timeout(100ms)) { for_ever(); }
TEST("spins", timeout(200ms)) { spin_around_here(); }
TEST("is slow") { std::this_thread::sleep_for(std::chrono::milliseconds(700)); }
TEST_EACH("hangs", (int), range(0, 6), timeout(200ms)) { std::this_thread::sleep_for(std::chrono::hours(1)); }
TEST_EACH("short", (int), range(0, 20)) {}
