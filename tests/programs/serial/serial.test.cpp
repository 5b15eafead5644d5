// Each case counts itself in and out; a serial one must be alone from its beginning to its end.
#include <pyharness/test.hpp>

#include <atomic>
#include <thread>

static std::atomic<int> in_flight{0};

struct Counted {
  Counted() : others(in_flight++) {}
  ~Counted() { --in_flight; }
  int others;
};

TEST_EACH("early", (int), range(0, 12)) {
  Counted counted;
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}
TEST_EACH("alone", (int), range(0, 5), serial) {
  Counted counted;
  REQUIRE(counted.others == 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(in_flight == 1);
}
TEST_EACH("late", (int), range(0, 12)) {
  Counted counted;
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}
