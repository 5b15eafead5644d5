#include "os/thread_state.h"

namespace pyharness::os {

ThreadState::ThreadState(ViewScope view) {
  if (view == ViewScope::thread) {
    view_.emplace();
  }
}

std::vector<StateChange> ThreadState::restore_differences() {
  std::vector<StateChange> changes;
  const auto note = [&changes](StateKind kind, std::string text) { add_change(changes, kind, false, std::move(text)); };
  note(StateKind::rounding, floating_point_.restore());
  note(StateKind::locale, locale_.restore());
  note(StateKind::signal_mask, signal_mask_.restore());
  if (view_) {
    note(StateKind::working_directory, view_->working_directory.restore());
    note(StateKind::umask, view_->umask.restore());
  }
  return changes;
}

}  // namespace pyharness::os
