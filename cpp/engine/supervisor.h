// Runs a plan on hosts: starts and replaces them, enforces time limits, turns the death of a host into a report, and
// makes sure that nothing is left behind. What tests do happens in the hosts; this survives it.
// Thread-safety: all members from one thread at a time (the one that made it must live on: hosts die with it).
// Ownership: owns the run table, the hosts and the captured output. `wait`, `load` and the destructor block, within
// their limits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/task.h"
#include "engine/batch.h"
#include "engine/dispatcher.h"
#include "engine/host_process.h"
#include "engine/hosts.h"
#include "os/wakeup.h"

namespace pyharness {

struct RunOptions {
  std::string host_program;
  std::uint32_t workers = 4;
  bool captured = true;
  std::uint64_t timeout_ms = 60'000;  // per case, where the case has none of its own; 0: none
  std::uint64_t global_timeout_ms = 0;
  std::uint64_t load_timeout_ms = 60'000;
  std::uint64_t grace_ms = 10'000;  // for running cases, after cancel(Stop::soon)
  std::uint32_t max_fail = 0;
};

struct LoadedLibrary {
  std::variant<std::shared_ptr<const SuiteListing>, LoadFailure> result;
  std::string output;  // printed while it was loaded
};

class Supervisor {
 public:
  explicit Supervisor(RunOptions options);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  // Loads libraries in a host, one after another; one that ends its host costs only itself. Call once, before start.
  // `go_on` is asked about ten times a second; when it says no, or after cancel, the rest is not loaded.
  std::vector<LoadedLibrary> load(
      const std::vector<std::string>& paths, const std::function<bool()>& go_on = [] { return true; });
  // Starts the run. `tasks[i].library` counts the paths of `load`, from 0.
  void start(std::vector<TestTask> tasks);
  // Waits for something to happen, at most `limit_ms` or until a signal was handled; moves it into `batch`.
  // Once batch.over is set, the run has ended and no process of it is left.
  void wait(std::uint32_t limit_ms, Batch& batch);
  // soon: starts nothing more, and stops at the end of the grace time. now: stops at once.
  // Before `start`: the run ends as soon as it has started.
  void cancel(Stop stop);
  // Kills whatever still runs. Nothing more can be started; output can still be read.
  void close();

  // What was written to a capture in [begin, end). A batch's output can be read until the next call of `wait`.
  std::string read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const {
    return hosts_.read_output(capture, begin, end);
  }
  const std::vector<TestTask>& tasks() const { return tasks_; }
  // Tasks without a result; once the run is over.
  std::vector<TaskIndex> not_run() const {
    return dispatcher_ == nullptr ? std::vector<TaskIndex>() : dispatcher_->plan().not_run();
  }
  // Workers that run; fewer than asked for where the kernel has no descriptor tables per thread.
  std::uint32_t workers() const { return setup_.workers; }

 private:
  LoadedLibrary load_one(std::uint32_t library, const std::string& path, const std::function<bool()>& go_on);

  // Limits
  void enforce_case_limits(Batch& batch);
  void enforce_run_limits(Batch& batch);
  std::uint64_t limit_ns(TaskIndex task) const;
  std::uint32_t until_next_limit_ms() const;
  Report why_late(TaskIndex task) const;
  void retire(Host& host);
  void clear_away_retired(Batch& batch);
  void bury(const Host& host);
  bool all_hosts_left() const;
  void let_hosts_leave(Batch& batch);

  // Deaths
  bool notice_crash(Batch& batch);
  void notice_deaths(Batch& batch);
  void panic_of_slot(std::uint32_t slot, Batch& batch);
  void panic_without_trace(Host& host, const os::ExitStatus& status, Batch& batch);
  void name_culprit(const std::vector<std::uint32_t>& slots, const os::ExitStatus& status, Batch& batch);
  void settle_crash(CrashReport& report, std::uint32_t slot, Batch& batch);
  std::uint64_t load_limit_ns() const;
  bool global_limit_has_passed() const;
  void give_up_on_loading(const os::ExitStatus& status, Host& host, Batch& batch);
  void recover_lost_claims(Batch& batch);
  void finish(Batch& batch);

  RunOptions options_;
  os::Wakeup wakeup_;
  os::FileDescriptor table_file_;
  HostSetup setup_;
  std::unique_ptr<HostProcess> loading_;  // before start
  std::vector<TestTask> tasks_;
  std::unique_ptr<RunTable> table_;
  std::unique_ptr<Dispatcher> dispatcher_;
  Hosts hosts_;
  std::uint64_t cancel_deadline_ns_ = UINT64_MAX;
  std::uint32_t failed_loads_ = 0;
  bool cancelled_early_ = false;
  bool over_ = false;
  std::uint64_t made_ns_;  // the limit of the whole run counts from here: loading is part of it
};

}  // namespace pyharness
