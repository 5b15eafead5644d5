#include <pyharness/test.hpp>

#include "lru_cache.hpp"

TEST("a new value takes the place of the old one") {
  containers::LruCache<int, int> cache(2);
  for (const int value : {1, 2, 3}) cache.put(7, value);
  CHECK(*cache.find(7) == 3);
  CHECK(cache.size() == 1);
}
TEST("must have room") { CHECK_THROWS_AS((containers::LruCache<int, int>(0)), std::invalid_argument); }
