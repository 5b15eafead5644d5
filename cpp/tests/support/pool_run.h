// A thread pool in this process with everything it needs, and the results it leaves in the table.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/report_log.h"
#include "engine/thread_pool.h"
#include "engine/work_queue.h"
#include "os/wakeup.h"
#include "support/shared_table.h"
#include "support/suites.h"

namespace pyharness::test {

class PoolRun {
 public:
  // Task i is case i of the suite.
  PoolRun(std::uint32_t planned, std::uint32_t workers, const std::string& suite = bare_suite)
      : shared_(planned, workers) {
    suites_.push_back(std::make_unique<SuiteLibrary>(suite));
    os::resize_file(logs_file_.number(), workers * ReportLog::bytes_per_worker);
    logs_ = os::Mapping(logs_file_.number(), workers * ReportLog::bytes_per_worker);
    options_.report_logs = logs_.data();
    options_.wakeup = wakeup_.descriptor();
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
      captures_.push_back(os::make_memory_file("capture", true));
      options_.capture_files.push_back(captures_.back().number());
    }
    for (TaskIndex task = 0; task < planned; ++task) {
      table().record(task).index = task;
      table().record(task).state.store(TaskState{}.pack());
    }
  }

  RunTable& table() { return shared_.table; }
  WorkQueue queue() { return WorkQueue(shared_.table); }
  void publish(const std::vector<TaskIndex>& tasks) { queue().publish(lane_of(Isolation::thread), tasks); }
  // The task that is the case of that name.
  TaskIndex task_of(const std::string& name) const {
    const auto& cases = suites_[0]->listing()->cases;
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const auto& one) { return one.name == name; });
    return static_cast<TaskIndex>(found - cases.begin());
  }
  std::unique_ptr<ThreadPool> pool() { return std::make_unique<ThreadPool>(shared_.table, suites_, options_); }
  // Starts the workers, waits until all tasks have been taken and run, lets the workers leave.
  void run_all() {
    ThreadPool pool(shared_.table, suites_, options_);
    pool.start();
    while (!all_finished()) {
      std::this_thread::yield();
    }
    queue().close();
    pool.join();
  }
  std::string output(TaskIndex task) {
    const TaskRecord& record = table().record(task);
    return os::read_range(captures_[record.worker].number(), record.output_begin, record.output_end);
  }
  std::vector<Report> reports(TaskIndex task) {
    const TaskRecord& record = table().record(task);
    return ReportLog::read(logs_.data() + record.worker * ReportLog::bytes_per_worker, record.log_begin,
                           record.log_size);
  }
  // How often each task stands on a finished list.
  std::vector<int> finished_counts() {
    std::vector<int> counts(table().header().planned, 0);
    for (std::uint32_t slot = 0; slot < table().slots_in_use(); ++slot) {
      for (std::uint32_t link = table().slot(slot).finished.load(); link != 0;
           link = table().record(link - 1).next_finished) {
        ++counts.at(link - 1);
      }
    }
    return counts;
  }

 private:
  bool all_finished() {
    for (; checked_ < table().header().planned; ++checked_) {
      if (table().record(checked_).load().phase != TaskPhase::finished) {
        return false;
      }
    }
    return true;
  }

  SharedTable shared_;
  std::vector<std::unique_ptr<SuiteLibrary>> suites_;
  os::FileDescriptor logs_file_ = os::make_memory_file("logs");
  os::Mapping logs_;
  os::Wakeup wakeup_;
  std::vector<os::FileDescriptor> captures_;
  PoolOptions options_;
  TaskIndex checked_ = 0;
};

// What case `index` of the bare suite comes to.
inline Outcome bare_outcome(std::uint32_t index) {
  return index % 10 == 7 ? Outcome::fail : index % 10 == 8 ? Outcome::skip : Outcome::pass;
}

}  // namespace pyharness::test
