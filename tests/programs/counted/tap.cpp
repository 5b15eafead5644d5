#include <cstdio>

#include "times.hpp"

extern "C" int counted_by_tap(int value) { return value; }

int main() {
  std::puts("1..2");
  times(111, counted_by_tap);
  std::puts("ok 1");
  times(1000, counted_by_tap);
  std::puts("ok 2");
}
