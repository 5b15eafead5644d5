#include "engine/process_watch.h"

namespace pyharness {

ProcessWatch::ProcessWatch(RunTable& table, std::uint32_t host, os::ViewScope view)
    : table_(&table), entry_(&table.host(host)), state_(view) {}

// Sequentially consistent against `look`: either this sees that somebody looks, or that one sees the case.
void ProcessWatch::enter() {
  if (!is_single() && looking_.load()) {
    const std::scoped_lock until_looked(mutex_);
  }
}

std::vector<os::StateChange> ProcessWatch::look(std::uint32_t slot) {
  if (is_single()) {
    return state_.restore_differences();
  }
  const std::unique_lock hold(mutex_, std::try_to_lock);
  if (!hold || others_run(slot)) {
    return {};
  }
  std::vector<os::StateChange> changes;
  looking_.store(true);
  if (!others_run(slot)) {
    changes = state_.restore_differences();
  }
  looking_.store(false);
  return changes;
}

bool ProcessWatch::others_run(std::uint32_t slot) const {
  for (std::uint32_t other = entry_->first_slot; other < entry_->first_slot + entry_->seats; ++other) {
    if (other != slot && table_->slot(other).current.load() != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace pyharness
