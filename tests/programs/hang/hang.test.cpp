#include <pyharness/test.hpp>

#include <atomic>
#include <cstdio>
#include <thread>

static void for_ever() {
  std::atomic<bool> stop{false};
  while (!stop) {
  }
}

TEST("spins", timeout(200ms)) {
  std::printf("before the loop\n");
  for_ever();
}
TEST_EACH("hangs", (int), range(0, 20), timeout(100ms)) { std::this_thread::sleep_for(std::chrono::hours(1)); }
TEST_EACH("neighbour", (int), range(0, 3)) { std::this_thread::sleep_for(std::chrono::seconds(1)); }
TEST_EACH("short", (int), range(0, 30)) {}
TEST("hangs by the limit of the run") { std::this_thread::sleep_for(std::chrono::hours(1)); }
TEST("has no limit", timeout(0s)) { std::this_thread::sleep_for(std::chrono::milliseconds(700)); }
TEST("keeps its own limit", timeout(30s)) { std::this_thread::sleep_for(std::chrono::milliseconds(700)); }
TEST("hangs after a failure", timeout(150ms)) {
  CHECK(1 == 2);
  std::this_thread::sleep_for(std::chrono::hours(1));
}
