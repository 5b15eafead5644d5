#include <pyharness/test.hpp>

#include <cstdio>

__attribute__((constructor)) static void crash() {
  std::printf("about to crash\n");
  int* volatile nowhere = nullptr;
  *nowhere = 1;
}
TEST("never") {}
