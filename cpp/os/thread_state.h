// What a case may have changed of the thread that it was run on: signal mask, rounding, the thread's locale, and
// working directory and umask where the thread has a file system view of its own.
// Thread-safety: belongs to the thread that makes it, between cases. looks_changed makes no system call.
#pragma once

#include <optional>
#include <vector>

#include "os/file_system_view.h"
#include "os/floating_point_mode.h"
#include "os/locale_state.h"
#include "os/signal_state.h"
#include "os/state_change.h"

namespace pyharness::os {

class ThreadState {
 public:
  // A snapshot. `view`: whether this thread has called unshare_file_system_view with success.
  explicit ThreadState(ViewScope view);

  // Rounding and locale; the rest is found by restore_differences only.
  bool looks_changed() const { return floating_point_.changed() || locale_.changed(); }
  // Puts back what has changed since the snapshot. What cannot be put back is not reported again.
  std::vector<StateChange> restore_differences();

 private:
  SignalMask signal_mask_;
  FloatingPointMode floating_point_;
  ThreadLocale locale_;
  std::optional<FileSystemView> view_;  // where it is not shared
};

}  // namespace pyharness::os
