// Writes over 1 MiB of heap from a small block on. Where that much is mapped, the allocator finds the damage.
#include <cstdlib>
#include <cstring>
#include <pyharness/test.hpp>

TEST("culprit") {
  void* volatile small = std::malloc(64);
  void* volatile next = std::malloc(64);
  std::memset(small, 0x5a, 1 << 20);
  std::free(next);
  std::free(small);
  CHECK(std::malloc(100'000) != nullptr);
}
