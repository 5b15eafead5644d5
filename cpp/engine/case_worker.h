// One worker: the loop of a pool's thread. Takes a task, says in its slot that it runs it, runs it, records the result.
// When a case ends the worker's thread, `run` does not return; it may then be called again on another thread.
// Thread-safety: `run` on its own thread only; what others see of it goes through the table.
#pragma once

#include <optional>

#include "engine/case_context.h"
#include "engine/thread_pool.h"
#include "engine/work_queue.h"

namespace pyharness {

class CaseWorker {
 public:
  CaseWorker(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites, const PoolOptions& options,
             std::uint32_t worker);

  void run();

 private:
  class EndedThread;

  bool wait_for_place();
  void pass_place_on();
  void attach();
  std::uint64_t captured();
  std::optional<TaskIndex> next();
  // False: the supervisor has given up on the case in the meantime, and with it on this worker.
  bool run_task(TaskIndex task);
  bool finish_task(TaskIndex task, std::uint32_t returned, std::uint64_t log_begin);
  void record(TaskIndex task, Outcome outcome, std::uint64_t log_begin);
  void push_finished(TaskIndex task);
  bool log_is_fetched();

  RunTable* table_;
  const std::vector<std::unique_ptr<SuiteLibrary>>* suites_;
  const PoolOptions* options_;
  std::uint32_t worker_;
  WorkerSlot* slot_;
  WorkQueue::Worker queue_;
  Capture capture_;
  std::uint64_t output_begin_ = 0;
  std::uint32_t pushed_ = 0;  // tasks ever put on the slot's finished list
  pyharness_context context_;
};

}  // namespace pyharness
