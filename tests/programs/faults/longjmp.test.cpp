#include <csetjmp>
#include <pyharness/test.hpp>

namespace {
std::jmp_buf back;

__attribute__((noinline)) void leave(int depth) {
  if (depth > 0) {
    leave(depth - 1);
  }
  std::longjmp(back, 7);
}
}  // namespace

TEST("culprit") {
  const int came_back = setjmp(back);
  if (came_back == 0) {
    leave(10);
  }
  CHECK(came_back == 7);
}
