#include <cstdlib>
#include <pyharness/test.hpp>

TEST("culprit") {
  void* volatile block = std::malloc(64);
  std::free(block);
  std::free(block);
}
