#include <pyharness/test.hpp>

#include "lru_cache.hpp"

struct TwoOfThree {
  TwoOfThree() {
    cache.put(1, 10);
    cache.put(2, 20);
  }
  containers::LruCache<int, int> cache{2};
};

TEST_F(TwoOfThree, "the oldest goes") {
  cache.put(3, 30);
  CHECK(cache.find(1) == nullptr);
}
TEST_F(TwoOfThree, "who was asked for stays") {
  REQUIRE(cache.find(1) != nullptr);
  cache.put(3, 30);
  CHECK(cache.find(1) != nullptr);
  CHECK(cache.find(2) == nullptr);
}
