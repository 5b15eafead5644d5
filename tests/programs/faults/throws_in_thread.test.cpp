#include <pyharness/test.hpp>
#include <stdexcept>
#include <thread>

TEST("culprit") {
  std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
}
