#include <poll.h>

#include "os/poll.h"

namespace pyharness::os {

bool wait_readable(const std::vector<int>& descriptors, std::uint32_t limit_ms) {
  std::vector<pollfd> waiting;
  waiting.reserve(descriptors.size());
  for (const int descriptor : descriptors) {
    waiting.push_back({descriptor, POLLIN, 0});
  }
  return ::poll(waiting.data(), waiting.size(), static_cast<int>(limit_ms)) > 0;
}

}  // namespace pyharness::os
