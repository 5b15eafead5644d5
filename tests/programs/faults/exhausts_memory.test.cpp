// Grows by 1 MiB each few milliseconds. Stops by itself far above the limit of the run, to spare the machine.
#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <pyharness/test.hpp>
#include <thread>

TEST("culprit") {
  constexpr int step = 1 << 20;
  for (int steps = 0; steps < 2000; ++steps) {
    void* block = ::mmap(nullptr, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(block != MAP_FAILED);
    std::memset(block, 1, step);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  FAIL("nobody has set a limit");
}
