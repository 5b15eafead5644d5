// One worker: the loop of a pool's thread. Takes a task, says in its slot that it runs it, runs it (itself, or in a
// process that it forks for it), records the result.
// When a case ends the worker's thread, `run` does not return; it may then be called again on another thread.
// Thread-safety: `run` on its own thread only; what others see of it goes through the table.
#pragma once

#include <optional>

#include "engine/case_context.h"
#include "engine/leftovers.h"
#include "engine/thread_pool.h"
#include "engine/work_queue.h"
#include "os/forked_process.h"

namespace pyharness {

class CaseWorker {
 public:
  CaseWorker(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites, const PoolOptions& options,
             ProcessWatch& process_watch, std::uint32_t seat);

  // Once on each thread: gives it its capture, so that what it prints from here on is this worker's.
  void attach();
  void run();

 private:
  class EndedThread;

  bool wait_for_place();
  std::uint64_t captured();
  std::optional<TaskIndex> next();
  // False: the supervisor has given up on the case in the meantime, and with it on this worker.
  bool run_task(TaskIndex task);
  void begin(TaskIndex task);
  bool run_here(TaskIndex task);
  bool run_forked(TaskIndex task);
  void run_in_child(TaskIndex task);
  void tell_death(const os::ForkedProcess::End& end);
  bool wait_until_settled(TaskIndex task, std::uint32_t before);
  bool finish(TaskIndex task, Outcome outcome);
  void record(TaskIndex task, Outcome outcome);
  void push_finished(TaskIndex task);
  void add_leaks(const std::vector<Leak>& leaks);
  void leave_case();
  // Whether the task still waits for the end of this very attempt.
  bool is_mine(TaskIndex task) const;
  bool log_is_fetched();

  RunTable* table_;
  const std::vector<std::unique_ptr<SuiteLibrary>>* suites_;
  const PoolOptions* options_;
  ProcessWatch* process_watch_;
  std::uint32_t seat_;
  std::uint32_t slot_number_;
  WorkerSlot* slot_;
  WorkQueue::Worker queue_;
  Capture capture_;
  std::uint64_t output_begin_ = 0;
  std::uint64_t log_begin_ = 0;
  TaskState state_;  // of the attempt that runs
  std::uint64_t ended_ns_ = 0;
  std::unique_ptr<Leftovers> leftovers_;  // since this worker is attached
  std::uint32_t pushed_ = 0;              // tasks ever put on the slot's finished list
  pyharness_context context_;
};

}  // namespace pyharness
