// Between plan and run table: publishes what the plan hands out, fetches what workers have finished, tells the plan.
// Knows nothing of processes or time limits.
// Thread-safety: the supervisor's thread only. Ownership: owns the plan; refers to the table.
#pragma once

#include <functional>
#include <vector>

#include "core/plan.h"
#include "engine/batch.h"
#include "engine/work_queue.h"

namespace pyharness {

// Where the files of a worker's host are, by slot.
struct SlotFiles {
  std::uint32_t capture = 0;  // number for read_output
  const std::byte* report_log = nullptr;
};

class Dispatcher {
 public:
  using Files = std::function<SlotFiles(std::uint32_t slot)>;

  // `max_fail`: as in the plan; workers stop by themselves, without waiting to be told.
  Dispatcher(RunTable& table, const std::vector<TestTask>& tasks, std::uint32_t max_fail, Files files);

  void publish();
  // Moves what has finished into the batch, in the order of time, and notes what has started.
  void fetch(Batch& batch);
  // Records the end of a task that its worker will not record: crash, timeout. `duration_ns` ends now.
  void settle(TaskIndex task, Outcome outcome, std::uint32_t slot, Batch& batch);
  // What a dead host had taken and not begun goes back.
  void reclaim(std::uint32_t host);
  // No worker holds a task, yet tasks are handed out: a host died while it was claiming them. Gives them back.
  void give_back_lost();

  Plan& plan() { return plan_; }
  const Plan& plan() const { return plan_; }
  WorkQueue& queue() { return queue_; }
  // Task that the slot runs, and since when; no_task: none.
  StartedAttempt running_in(std::uint32_t slot) const;
  TaskIndex last_finished_in(std::uint32_t slot) const { return last_finished_[slot]; }

 private:
  void fetch_slot(std::uint32_t slot, Batch& batch);
  void note_started(Batch& batch);
  void add_finished(TaskIndex task, Outcome outcome, std::uint32_t slot, const TaskRecord& record, Batch& batch);

  RunTable* table_;
  Plan plan_;
  WorkQueue queue_;
  Files files_;
  std::vector<bool> announced_;  // tasks whose start has been told
  std::vector<TaskIndex> last_finished_;
};

}  // namespace pyharness
