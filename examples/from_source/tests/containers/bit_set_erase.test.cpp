#include <pyharness/test.hpp>

#include "bit_set.hpp"

TEST("loses what is erased") {
  containers::BitSet set;
  for (const std::size_t number : {64, 65}) set.insert(number);
  set.erase(64);
  CHECK(!set.contains(64));
  CHECK(set.contains(65));
}
TEST("does not mind what is not there") {
  containers::BitSet set;
  set.erase(5000);
  CHECK(set.size() == 0);
}
