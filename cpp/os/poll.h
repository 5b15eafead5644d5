// Waiting for the first of several descriptors. Thread-safety: any thread. Blocks until its limit or a signal.
#pragma once

#include <cstdint>
#include <vector>

namespace pyharness::os {

// Returns when one is readable (or hung up), after `limit_ms`, or when a signal was handled; true in the first case.
bool wait_readable(const std::vector<int>& descriptors, std::uint32_t limit_ms);

}  // namespace pyharness::os
