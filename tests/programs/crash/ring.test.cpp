// Two functions that call each other until the stack is full.
#include <pyharness/test.hpp>

namespace {

__attribute__((noinline)) int is_odd(int number);

__attribute__((noinline)) int is_even(int number) {
  volatile char room[4096];
  room[0] = static_cast<char>(number);
  return is_odd(number + 1) + room[0];
}

__attribute__((noinline)) int is_odd(int number) {
  volatile char room[4096];
  room[0] = static_cast<char>(number);
  return is_even(number + 1) + room[0];
}

}  // namespace

TEST("overflows") { CHECK(is_even(0) == 0); }
