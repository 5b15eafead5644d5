// The way of one process out, signal by signal.
// Thread-safety: the supervisor's thread only. Never blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/run_options.h"
#include "os/subprocess.h"

namespace pyharness {

class StopSequence {
 public:
  // Takes the next step, once the last one's wait is over; true once the process has ended. After the last step,
  // SIGKILL again and again.
  bool advance(os::Subprocess& process, const std::vector<StopStep>& steps);
  // When the next step is due, CLOCK_MONOTONIC; UINT64_MAX: none was taken yet.
  std::uint64_t due_ns() const { return due_ns_ == 0 ? UINT64_MAX : due_ns_; }
  void postpone(std::uint64_t pause_ns) { due_ns_ += due_ns_ == 0 ? 0 : pause_ns; }

 private:
  std::size_t next_ = 0;
  std::uint64_t due_ns_ = 0;
};

}  // namespace pyharness
