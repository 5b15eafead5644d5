#include "os/thread_state.h"

namespace pyharness::os {

ThreadState::ThreadState(ViewScope view) {
  if (view == ViewScope::thread) {
    working_directory_.emplace();
    umask_.emplace();
  }
}

std::vector<StateChange> ThreadState::restore_differences() {
  std::vector<StateChange> changes;
  const auto note = [&changes](StateKind kind, std::string text) { add_change(changes, kind, false, std::move(text)); };
  note(StateKind::rounding, floating_point_.restore());
  note(StateKind::locale, locale_.restore());
  note(StateKind::signal_mask, signal_mask_.restore());
  if (working_directory_) {
    note(StateKind::working_directory, working_directory_->restore());
    note(StateKind::umask, umask_->restore());
  }
  return changes;
}

}  // namespace pyharness::os
