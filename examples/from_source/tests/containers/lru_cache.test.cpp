#include "lru_cache.hpp"

#include <pyharness/test.hpp>
#include <string>

TEST("finds what was put there") {
  containers::LruCache<std::string, int> cache(2);
  cache.put("one", 1);
  REQUIRE(cache.find("one") != nullptr);
  CHECK(*cache.find("one") == 1);
}
TEST("finds nothing else") { CHECK((containers::LruCache<int, int>(2).find(1) == nullptr)); }
