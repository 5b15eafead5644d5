// What a case may have changed of its whole process: limits, signal handlers, environment, locale, and working
// directory and umask where the threads share one file system view. One object for all workers: whoever looks first
// reports and restores, and may find what a case on another worker has changed, or is just changing. Thread-safety: any
// thread; restore_differences holds a lock for some 15 us. looks_changed makes no system call.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "os/environment.h"
#include "os/file_system_view.h"
#include "os/locale_state.h"
#include "os/resource_limits.h"
#include "os/signal_state.h"
#include "os/state_change.h"

namespace pyharness::os {

class ProcessState {
 public:
  // A snapshot, to be made before the first case runs. `view`: process, unless every worker has a view of its own.
  explicit ProcessState(ViewScope view);
  ProcessState(const ProcessState&) = delete;
  ProcessState& operator=(const ProcessState&) = delete;

  // Environment and locale; the rest is found by restore_differences only.
  bool looks_changed() const { return environment_.looks_changed() || locale_.looks_changed(); }
  // Puts back what has changed since the snapshot. What cannot be put back is not reported again.
  std::vector<StateChange> restore_differences();

 private:
  std::mutex mutex_;
  ResourceLimits resource_limits_;
  SignalHandlers signal_handlers_;
  Environment environment_;
  GlobalLocale locale_;
  std::optional<FileSystemView> view_;  // where it is shared
};

}  // namespace pyharness::os
