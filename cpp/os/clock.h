// The monotonic clock, the same in all processes of the machine. Thread-safety: any thread; safe in signal handlers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace pyharness::os {

inline std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

// What has to be added to monotonic_ns() for the time since boot, in which the kernel tells when threads started: the
// time that the machine was suspended.
inline std::uint64_t boot_offset_ns() {
  timespec boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  const auto since_boot =
      static_cast<std::uint64_t>(boot.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(boot.tv_nsec);
  const std::uint64_t monotonic = monotonic_ns();
  return since_boot > monotonic ? since_boot - monotonic : 0;
}

// What poll(2) is to wait, at most, to be back at `deadline_ns`; UINT64_MAX: no deadline.
inline int milliseconds_until(std::uint64_t deadline_ns) {
  if (deadline_ns == UINT64_MAX) {
    return -1;
  }
  const std::uint64_t now = monotonic_ns();
  constexpr std::uint64_t longest_ms = 1'000'000'000;
  return now >= deadline_ns ? 0 : static_cast<int>(std::min((deadline_ns - now + 999'999) / 1'000'000, longest_ms));
}

}  // namespace pyharness::os
