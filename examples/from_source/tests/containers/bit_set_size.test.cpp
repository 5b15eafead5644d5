#include <pyharness/test.hpp>

#include "bit_set.hpp"

TEST("counts each number once") {
  containers::BitSet set;
  for (const std::size_t number : {3, 3, 200}) set.insert(number);
  CHECK(set.size() == 2);
}
TEST("is empty at first") { CHECK(containers::BitSet().size() == 0); }
