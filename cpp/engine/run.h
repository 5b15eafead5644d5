// A run under way: what its supervisor and those who help it look after together.
// Thread-safety: the supervisor's thread only. Ownership: owns the table, the plan (in the dispatcher) and the hosts.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/dispatcher.h"
#include "engine/hosts.h"
#include "engine/plan_rules.h"
#include "engine/run_options.h"

namespace pyharness {

struct Run {
  RunOptions options;
  HostSetup setup;
  RunRequest request;
  std::vector<bool> alone = {};  // see PlanRules
  std::unique_ptr<RunTable> table;
  std::unique_ptr<Dispatcher> dispatcher;
  Hosts hosts;

  Run(RunOptions run_options, const HostSetup& host_setup)
      : options(std::move(run_options)), setup(host_setup), hosts(host_setup, options.workers) {}

  // Calls `look` with the slot of each attempt in that host whose end the plan still waits for.
  void for_awaited(const Host& host, const std::function<void(std::uint32_t slot, const StartedAttempt&)>& look) const {
    for_awaited(host.first_slot, host.seats, look);
  }
  void for_awaited(std::uint32_t first_slot, std::uint32_t slots,
                   const std::function<void(std::uint32_t slot, const StartedAttempt&)>& look) const {
    for (std::uint32_t slot = first_slot; slot < first_slot + slots; ++slot) {
      const StartedAttempt attempt = dispatcher->running_in(slot);
      if (dispatcher->is_awaited(attempt)) {
        look(slot, attempt);
      }
    }
  }
  // What cases of a host that is dead have printed after their time was over.
  void add_late_output(const Host& host, Batch& batch) const {
    for (const TimedOutCase& one : host.timed_out) {
      const SlotFiles files = hosts.files_of(one.slot);
      if (files.output_size > one.output_end) {
        batch.late_outputs.push_back({one.task, one.attempt, hosts.read_output_from(files.capture, one.output_end)});
      }
    }
  }
};

}  // namespace pyharness
