// 2 GB. What the runner does not want it may refuse: the case does not look at what became of it.
#include <unistd.h>

#include <pyharness/test.hpp>
#include <string>

TEST("culprit") {
  const std::string line(999'999, 'x');
  const std::string block = line + "\n";
  for (int count = 0; count < 2000; ++count) {
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, block.data(), block.size());
  }
}
