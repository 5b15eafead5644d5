#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit", timeout(1s)) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 1);
}
