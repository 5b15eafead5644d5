// Assertions in threads that a case starts belong to that case; REQUIRE ends the thread, not the process.
#include <pyharness/test.hpp>

#include <future>
#include <thread>
#include <vector>

#include <pthread.h>

namespace {
struct Tracker {
  explicit Tracker(bool& flag) : flag(flag) {}
  ~Tracker() { flag = true; }
  bool& flag;
};
}  // namespace

TEST("check in std::thread") { std::thread([] { CHECK(1 == 2); CHECK(3 == 4); }).join(); }
TEST("require in std::thread") {
  bool unwound = false;
  bool went_on = false;
  std::thread([&] {
    const Tracker tracker(unwound);
    REQUIRE(5 == 6);
    went_on = true;
  }).join();
  CHECK(unwound);
  CHECK_FALSE(went_on);
}
TEST("check in std::async") { std::async(std::launch::async, [] { CHECK(7 == 8); }).get(); }
TEST("require in std::async") {
  auto result = std::async(std::launch::async, [] { REQUIRE(9 == 10); return 1; });
  CHECK_THROWS_AS(result.get(), std::future_error);
}
TEST("deferred async") { std::async(std::launch::deferred, [] { REQUIRE(11 == 12); }).get(); }
TEST("pthread") {
  pthread_t thread;
  REQUIRE(pthread_create(&thread, nullptr, [](void*) -> void* { REQUIRE(13 == 14); return nullptr; }, nullptr) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
}
TEST("thread of a thread") {
  std::thread([] { std::thread([] { CHECK(15 == 16); }).join(); }).join();
}
TEST("skip in a thread") { std::thread([] { SKIP("said by a thread"); }).join(); }
TEST("fail in a thread") { std::thread([] { FAIL("told by a thread"); }).join(); }
TEST_EACH("many threads", (int round), range(0, 20)) {
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([round, number] { CHECK(round * 100 + number == -1); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}
TEST("pthread_exit on the case's own thread") { pthread_exit(nullptr); }
TEST("afterwards") { CHECK(true); }
