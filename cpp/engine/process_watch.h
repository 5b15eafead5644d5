// The state of the process that all workers of a pool share, and when it may be looked at: only while at most one of
// them runs a case. What a case changes for a moment would else be taken for left behind, and put back under its feet.
// Thread-safety: any worker. `enter` blocks while another worker looks, some 15 us. Ownership: refers to the run table.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/run_table.h"
#include "os/process_state.h"

namespace pyharness {

class ProcessWatch {
 public:
  // Takes the snapshot: once suites are loaded and the guard is installed, before the first case.
  ProcessWatch(RunTable& table, std::uint32_t host, os::ViewScope view);

  // The worker of that slot has said that it runs a case, and begins now.
  void enter();
  // What has changed, and is put back now; nothing when a case runs on another worker. By the worker of that slot.
  std::vector<os::StateChange> look(std::uint32_t slot);
  // Changed as far as it can be seen at once, and this worker's last case must have done it.
  bool looks_changed() const { return is_single() && state_.looks_changed(); }
  bool is_single() const { return entry_->seats == 1; }

 private:
  bool others_run(std::uint32_t slot) const;

  RunTable* table_;
  const HostEntry* entry_;
  os::ProcessState state_;
  std::mutex mutex_;
  std::atomic<bool> looking_{false};
};

}  // namespace pyharness
