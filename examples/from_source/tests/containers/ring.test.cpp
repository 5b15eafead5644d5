#include "ring.hpp"

#include <pyharness/test.hpp>

TEST("begins empty") { CHECK(containers::Ring<int>(3).size() == 0); }
TEST("gives back in the order of pushes") {
  containers::Ring<int> ring(3);
  for (const int number : {1, 2}) ring.push(number);
  CHECK(ring.pop() == 1);
  CHECK(ring.pop() == 2);
}
