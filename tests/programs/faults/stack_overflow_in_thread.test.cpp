// A thread of the test's own has no alternate signal stack: no handler can run there.
#include <pyharness/test.hpp>
#include <thread>

namespace {
__attribute__((noinline)) int recurse(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return recurse(depth + 1) + room[0];
}
}  // namespace

TEST("culprit") {
  std::thread([] { CHECK(recurse(0) == 0); }).join();
}
