#include <pyharness/test.hpp>

#include "ring.hpp"

TEST_EACH("goes round and round", (std::size_t capacity), values(1, 2, 7), "long") {
  containers::Ring<int> ring(capacity);
  for (int number = 0; number < 1000; ++number) {
    ring.push(number);
    CHECK(ring[ring.size() - 1] == number);
  }
  CHECK(ring.pop() == 1000 - static_cast<int>(capacity));
}
