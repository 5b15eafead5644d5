// A run table, a dispatcher on it, and what a worker would write.
#pragma once

#include <memory>
#include <vector>

#include "engine/dispatcher.h"
#include "os/clock.h"
#include "support/shared_table.h"

namespace pyharness::test {

inline std::shared_ptr<const SuiteListing> listing_of_six() {
  auto listing = std::make_shared<SuiteListing>();
  listing->cases.resize(6);
  return listing;
}

// Where all tasks ask for the same.
inline Plan plan_of(std::uint32_t planned, std::uint32_t workers, std::uint32_t max_fail, const TaskRules& rules) {
  return {{rules}, std::vector<std::uint32_t>(planned, 0), {max_fail, workers}};
}

class Stage {
 public:
  static constexpr std::uint64_t output_size = 2000;  // captured so far, of each worker

  Stage(std::uint32_t planned, std::uint32_t workers, std::uint32_t max_fail = 0, std::uint32_t hosts = 1,
        const TaskRules& rules = {})
      : shared(planned, workers, hosts),
        tasks_(planned, TestTask{3, 5, listing_of_six()}),
        log_file_(os::make_memory_file("log")),
        log_region_(map_log()),
        log(log_region_.data()),
        dispatcher(shared.table, tasks_, plan_of(planned, workers, max_fail, rules), max_fail,
                   [this](std::uint32_t slot) { return SlotFiles{100 + slot, output_size, log_region_.data()}; }) {}

  // As a worker does it.
  void begin(std::uint32_t slot, TaskIndex task) {
    WorkerSlot& place = shared.table.slot(slot);
    log.begin_attempt(false);
    place.log_begin.store(log.position());
    place.output_begin.store(1000);
    place.started_ns.store(os::monotonic_ns());
    TaskRecord& record = shared.table.record(task);
    const TaskState state = record.load().in(TaskPhase::running);
    record.state.store(state.pack());
    place.current.store(Current{task, state.attempt}.pack());
  }
  void end(std::uint32_t slot, TaskIndex task, Outcome outcome, std::uint64_t start_ns = 0) {
    WorkerSlot& place = shared.table.slot(slot);
    TaskRecord& record = shared.table.record(task);
    record.state.store(record.load().in(TaskPhase::finished).pack());
    record.outcome = outcome;
    record.worker = static_cast<std::uint8_t>(place.worker);
    record.start_ns = start_ns;
    record.duration_ns = 1;
    record.log_begin = place.log_begin.load();
    record.log_size = static_cast<std::uint32_t>(log.position() - record.log_begin);
    record.next_finished = place.finished.load();
    place.finished.store(task + 1);
    place.current.store(0);
  }
  void run(std::uint32_t slot, TaskIndex task, Outcome outcome, std::uint64_t start_ns = 0) {
    begin(slot, task);
    end(slot, task, outcome, start_ns);
  }

  SharedTable shared;

 private:
  os::Mapping map_log() {
    os::resize_file(log_file_.number(), ReportLog::bytes_per_worker);
    return {log_file_.number(), ReportLog::bytes_per_worker};
  }
  std::vector<TestTask> tasks_;
  os::FileDescriptor log_file_;
  os::Mapping log_region_;

 public:
  ReportLog log;
  Dispatcher dispatcher;
};

}  // namespace pyharness::test
