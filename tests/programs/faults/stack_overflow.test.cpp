#include <pyharness/test.hpp>

namespace {
__attribute__((noinline)) int recurse(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return recurse(depth + 1) + room[0];
}
}  // namespace

TEST("culprit") { CHECK(recurse(0) == 0); }
