#include "engine/inline_run.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "engine/plan_rules.h"
#include "engine/thread_pool.h"
#include "os/descriptor_table.h"
#include "os/memory_file.h"
#include "os/poll.h"
#include "os/wakeup.h"

namespace pyharness {

namespace {

constexpr std::uint32_t poll_ms = 50;

}  // namespace

InlineRun::InlineRun(std::uint32_t workers) : workers_(workers) {
  if (workers < 1 || workers > most_workers) {
    throw std::invalid_argument("a pool has 1 to " + std::to_string(most_workers) + " workers, not " +
                                std::to_string(workers));
  }
  if (!os::can_unshare_descriptor_table()) {
    throw std::runtime_error(
        "this kernel does not allow descriptor tables per thread, which capturing output in one process needs; run the "
        "suites "
        "with `pyharness test` instead");
  }
}

std::shared_ptr<const SuiteListing> InlineRun::load(const std::string& path) {
  suites_.push_back(std::make_unique<SuiteLibrary>(path));
  return suites_.back()->listing();
}

Batch InlineRun::run(const std::vector<TestTask>& tasks, std::uint32_t max_fail, const std::function<bool()>& go_on) {
  for (const TestTask& task : tasks) {
    if (task.library >= suites_.size() || suites_[task.library]->listing() != task.suite) {
      throw std::invalid_argument("task '" + task.details().name +
                                  "' is of a suite that this pool has not loaded as library " +
                                  std::to_string(task.library));
    }
  }
  const os::FileDescriptor table_file = os::make_memory_file("pyharness-run");
  const os::FileDescriptor logs_file = os::make_memory_file("pyharness-reports");
  os::resize_file(logs_file.number(), workers_ * ReportLog::bytes_per_worker);
  const os::Mapping logs(logs_file.number(), workers_ * ReportLog::bytes_per_worker);
  const os::Wakeup wakeup;
  const auto planned = static_cast<std::uint32_t>(tasks.size());
  RunTable table(table_file.number(), TableShape{planned, workers_, 1, workers_});
  table.seat(table.add_host(workers_), Isolation::thread, 0);
  PoolOptions options;
  options.report_logs = logs.data();
  options.wakeup = wakeup.descriptor();
  captures_.clear();
  for (std::uint32_t worker = 0; worker < workers_; ++worker) {
    captures_.push_back(os::make_memory_file("pyharness-capture", true));
    options.capture_files.push_back(captures_.back().number());
    table.place(worker).holder.store(1);
  }
  RunRequest request{tasks};
  request.settings.front().isolation = Isolation::thread;  // whatever is declared: there is nothing else here
  PlanRules rules = plan_rules(request, false);
  Plan plan(std::move(rules.rules), rules.rules_of, {max_fail, workers_, {}, 0});
  Dispatcher dispatcher(table, tasks, std::move(plan), max_fail, [&](std::uint32_t slot) {
    return SlotFiles{slot, 0, logs.data() + slot * ReportLog::bytes_per_worker};
  });
  std::setvbuf(stdout, nullptr, _IONBF, 0);  // the C streams are shared by all workers: nothing may wait in them
  ThreadPool pool(table, suites_, options);
  dispatcher.publish();
  pool.start();
  Batch batch;
  const auto workers_busy = [&] { return !batch.running.empty(); };
  while (!dispatcher.plan().done() && (!dispatcher.plan().cancelled() || workers_busy())) {
    os::wait_readable({wakeup.descriptor()}, poll_ms);
    wakeup.clear();
    pool.revive();
    dispatcher.fetch(batch);
    if (!go_on()) {
      dispatcher.plan().cancel();
    }
    dispatcher.publish();
  }
  dispatcher.queue().close();
  pool.join();
  dispatcher.fetch(batch);
  batch.over = true;
  return batch;
}

std::string InlineRun::read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const {
  return os::read_range(captures_.at(capture).number(), begin, end);
}

}  // namespace pyharness
