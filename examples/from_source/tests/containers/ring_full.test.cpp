#include <pyharness/test.hpp>

#include "ring.hpp"

struct Full {
  Full() {
    for (int number = 0; number < 5; ++number) ring.push(number);
  }
  containers::Ring<int> ring{3};
};

TEST_F(Full, "keeps the last") { CHECK((ring[0] == 2 && ring[1] == 3 && ring[2] == 4)); }
TEST_F(Full, "has room after a pop") {
  REQUIRE(ring.pop() == 2);
  CHECK(!ring.is_full());
}
