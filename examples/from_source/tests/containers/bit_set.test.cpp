#include "bit_set.hpp"

#include <pyharness/test.hpp>

TEST_EACH("contains what was inserted", (std::size_t number), values(0, 1, 63, 64, 1000)) {
  containers::BitSet set;
  set.insert(number);
  CHECK(set.contains(number));
  CHECK(!set.contains(number + 1));
}
TEST("has nothing at first") { CHECK(!containers::BitSet().contains(0)); }
