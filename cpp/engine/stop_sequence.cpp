#include "engine/stop_sequence.h"

#include <csignal>

#include "os/clock.h"

namespace pyharness {

namespace {

constexpr std::uint32_t kill_limit_ms = 1000;  // SIGKILL works at once, but for uninterruptible sleep

}  // namespace

bool StopSequence::advance(os::Subprocess& process, const std::vector<StopStep>& steps) {
  if (process.wait(0)) {
    return true;
  }
  const std::uint64_t now = os::monotonic_ns();
  if (now < due_ns_) {
    return false;
  }
  const StopStep step = next_ < steps.size() ? steps[next_] : StopStep{SIGKILL, kill_limit_ms};
  ++next_;
  due_ns_ = now + step.wait_ms * 1'000'000U;
  process.signal_group(step.signal);
  return process.wait(0).has_value();
}

}  // namespace pyharness
