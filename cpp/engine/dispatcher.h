// Between plan and run table: publishes what the plan hands out, fetches what workers have finished, tells the plan.
// Knows nothing of processes or time limits.
// Thread-safety: the supervisor's thread only. Ownership: owns the plan; refers to the table.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/pauses.h"
#include "core/plan.h"
#include "engine/batch.h"
#include "engine/work_queue.h"

namespace pyharness {

// Where the files of a worker's host are, by slot.
struct SlotFiles {
  std::uint32_t capture = 0;      // number for read_output
  std::uint64_t output_size = 0;  // of what was captured so far
  const std::byte* report_log = nullptr;
};

// How an attempt came to its end, where no worker has recorded it. Times are CLOCK_MONOTONIC.
struct AttemptEnd {
  std::uint64_t start_ns = 0;
  std::uint64_t duration_ns = 0;
  std::uint64_t output_begin = 0;
  std::uint64_t output_end = 0;
};

class Dispatcher {
 public:
  using Files = std::function<SlotFiles(std::uint32_t slot)>;

  // `max_fail`: as in the plan; workers stop by themselves, without waiting to be told.
  Dispatcher(RunTable& table, const std::vector<TestTask>& tasks, Plan plan, std::uint32_t max_fail, Files files);

  // Puts more tasks on the plan, behind the others; `tasks` are all of the run. The table must have room for them.
  void add(const std::vector<TestTask>& tasks, std::vector<TaskRules> rules,
           const std::vector<std::uint32_t>& rules_of);
  // Publishes what may start, at most `most` tasks. Returns how many of each lane.
  std::array<std::size_t, lane_count> publish(std::size_t most = SIZE_MAX);
  // Moves what has finished into the batch, in the order of time, and notes what has started.
  void fetch(Batch& batch);
  // Records the end of an attempt that a slot runs, where its worker will not: crash, timeout. It ends now; a worker
  // that was given up on may have left it meanwhile, and begins nothing else.
  void settle(std::uint32_t slot, const StartedAttempt& attempt, Outcome outcome, Plan::Retry retry, Batch& batch);
  // The same, for an attempt that was begun on that slot some time, and with all that is to be known given.
  void record(std::uint32_t slot, TaskIndex task, Outcome outcome, const AttemptEnd& end, Plan::Retry retry,
              Batch& batch);
  // Records, as `error`, the end of tasks that cannot be run any more and do not run.
  void drop(const std::function<bool(TaskIndex)>& predicate, Batch& batch);
  // The attempt that a slot runs was cut off through no fault of its own: it runs again; in that lane, if one is given.
  void interrupt(std::uint32_t slot, const std::string& reason, std::optional<std::uint32_t> lane, Batch& batch);
  // The same at the end of the run: it does not run again.
  void abandon(std::uint32_t slot, const StartedAttempt& attempt, const std::string& reason, Batch& batch);
  // What a dead host had taken and not begun goes back.
  void reclaim(std::uint32_t host);
  // No worker holds a task, yet tasks are handed out: a host died while it was claiming them. Gives them back.
  void give_back_lost();
  void add_pause(std::uint64_t from_ns, std::uint64_t to_ns) { pauses_.add(from_ns, to_ns); }

  Plan& plan() { return plan_; }
  const Plan& plan() const { return plan_; }
  WorkQueue& queue() { return queue_; }
  const Pauses& pauses() const { return pauses_; }
  // What the slot runs, and since when; no_task: nothing.
  StartedAttempt running_in(std::uint32_t slot) const;
  // Whether the plan still waits for the end of that attempt.
  bool is_awaited(const StartedAttempt& attempt) const;
  TaskIndex last_finished_in(std::uint32_t slot) const { return last_finished_[slot]; }

 private:
  void enter(const std::vector<TestTask>& tasks, TaskIndex first);
  void fetch_slot(std::uint32_t slot, Batch& batch);
  void note_started(Batch& batch);
  InterruptedAttempt cut_off(std::uint32_t slot, const StartedAttempt& attempt, const std::string& reason) const;
  void note_unmet(Batch& batch);
  std::uint32_t worker_of(const WorkerSlot& slot) const;
  void add_finished(TaskIndex task, Outcome outcome, Plan::Retry retry, const SlotFiles& files,
                    const TaskRecord& record, Batch& batch);

  RunTable* table_;
  Plan plan_;
  WorkQueue queue_;
  std::uint32_t workers_;
  Files files_;
  Pauses pauses_;
  std::vector<bool> announced_;  // tasks of whose attempt the start has been told
  std::vector<TaskIndex> last_finished_;
};

}  // namespace pyharness
