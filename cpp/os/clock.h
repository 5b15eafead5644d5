// The monotonic clock, the same in all processes of the machine. Thread-safety: any thread; safe in signal handlers.
#pragma once

#include <cstdint>
#include <ctime>

namespace pyharness::os {

inline std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace pyharness::os
