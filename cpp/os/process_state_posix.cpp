#include "os/process_state.h"

namespace pyharness::os {

ProcessState::ProcessState(ViewScope view) {
  if (view == ViewScope::process) {
    view_.emplace();
  }
}

std::vector<StateChange> ProcessState::restore_differences() {
  const std::lock_guard lock(mutex_);
  std::vector<StateChange> changes;
  const auto note = [&changes](StateKind kind, std::string text) { add_change(changes, kind, true, std::move(text)); };
  note(StateKind::resource_limit, resource_limits_.restore());  // first: what follows may need what was limited
  note(StateKind::signal_handler, signal_handlers_.restore());
  note(StateKind::environment, environment_.restore());
  note(StateKind::locale, locale_.restore());
  if (view_) {
    note(StateKind::working_directory, view_->working_directory.restore());
    note(StateKind::umask, view_->umask.restore());
  }
  return changes;
}

}  // namespace pyharness::os
