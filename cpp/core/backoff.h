// How long a task waits between an attempt that failed and the next.
// Thread-safety: values and a pure function.
#pragma once

#include <cstdint>

namespace pyharness {

struct Backoff {
  std::uint64_t delay_ns = 0;
  bool exponential = false;  // the delay doubles from retry to retry
  std::uint64_t longest_ns = UINT64_MAX;
  bool jitter = false;  // each wait is drawn evenly from the upper half: [wait / 2, wait]
};

// The wait before retry `retry`, counted from 1. `seed`: of the jitter; the same seed and retry give the same wait.
std::uint64_t wait_ns(const Backoff& backoff, std::uint32_t retry, std::uint64_t seed);

}  // namespace pyharness
