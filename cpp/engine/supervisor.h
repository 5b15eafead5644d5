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
#include <vector>

#include "core/task.h"
#include "engine/batch.h"
#include "engine/deaths.h"
#include "engine/host_process.h"
#include "engine/launches.h"
#include "engine/queries.h"
#include "engine/run.h"
#include "engine/time_limits.h"
#include "os/wakeup.h"

namespace pyharness {

class Supervisor {
 public:
  explicit Supervisor(const RunOptions& options);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  // Loads libraries in a host, one after another; one that ends its host costs only itself. Call once, before start.
  // `go_on` is asked about ten times a second; when it says no, or after cancel, the rest is not loaded.
  std::vector<LoadedLibrary> load(
      const std::vector<std::string>& paths, const std::function<bool()>& go_on = [] { return true; });
  // The whole environment of hosts, "NAME=value", where it is not that of this process; before `start`.
  void set_host_environment(const std::vector<std::string>& environment);
  // Takes a suite whose listing is known without loading it, before start; hosts will load it, and compare.
  void know(std::uint32_t library, std::shared_ptr<const SuiteListing> listing);
  // Runs commands and returns what they said, in their order: lists of programs and the like. As many at a time as
  // there are workers, each under the limit of loading.
  std::vector<Answer> ask(const std::vector<Query>& queries, const std::function<bool()>& go_on);
  // Starts the run. `tasks[i].library` counts the paths of `load`, from 0; programs have the numbers
  // after these.
  // Throws std::invalid_argument, before anything has started, where dependencies or priorities make no sense.
  // `room`: how many tasks the run may come to have, if it shall wait for more until `expect_no_more`; 0: it has all.
  void start(RunRequest request, std::uint32_t room = 0);
  void start(std::vector<TestTask> tasks) { start(RunRequest{std::move(tasks)}); }
  // Puts more on the plan of a run that has room for it: new hosts that have all suites take the places of the others.
  // Throws std::length_error when there is no room.
  void add(Addition addition);
  // Nothing more will be added: the run may end.
  void expect_no_more();
  // `wait` returns when this descriptor is readable; -1: no descriptor. It must stay open meanwhile.
  void watch(int descriptor) { also_watched_ = descriptor; }
  // Waits for something to happen, at most `limit_ms` or until a signal was handled; moves it into `batch`.
  // Once batch.over is set, the run has ended and no process of it is left.
  void wait(std::uint32_t limit_ms, Batch& batch);
  // soon: starts nothing more, and stops at the end of the grace time. now: stops at once.
  // Before `start`: the run ends as soon as it has started.
  void cancel(Stop stop);
  // Between the two, nothing runs and no time counts.
  void suspend();
  void resume();
  // Kills whatever still runs. Nothing more can be started; output can still be read.
  void close();

  // What was written to a capture in [begin, end). A batch's output can be read until the next call of `wait`.
  std::string read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const {
    return run_.hosts.read_output(capture, begin, end);
  }
  const std::vector<TestTask>& tasks() const { return run_.request.tasks; }
  // Tasks without a result, and without a reason in Batch::unmet; once the run is over.
  std::vector<TaskIndex> not_run() const;
  // What a host with the suites loaded takes, before any case; 0: not known. Between load and start.
  std::uint64_t host_memory_bytes() const;
  std::uint32_t workers() const { return run_.options.workers; }
  // Workers cannot share a process here (no descriptor tables per thread), or must not: `thread` is run as `process`.
  bool without_threads() const { return !run_.setup.own_tables || run_.options.apart; }

 private:
  LoadedLibrary load_one(std::uint32_t library, const std::string& path, const std::function<bool()>& go_on);
  void go_on(std::uint32_t limit_ms, Batch& batch);
  std::vector<int> watched() const;
  void grow();
  void plan_additions();
  std::uint32_t poll_ms() const;
  void publish();
  void count_suspension() const;
  void signal_all(int signal) const;
  void enforce_run_limits(Batch& batch);
  void time_out(std::uint32_t slot, const StartedAttempt& attempt, Batch& batch);
  bool global_limit_has_passed() const;
  void kill_slow_loaders() const;
  bool is_idle(const Host& host) const;
  void recover_lost_claims(Batch& batch);
  bool all_hosts_left() const;
  bool no_launches() const { return launches_ == nullptr || launches_->idle(); }
  void kill_all();
  bool let_hosts_leave();
  void add_failures_to_leave(Batch& batch) const;
  void finish(Batch& batch);

  os::Wakeup wakeup_;
  os::FileDescriptor table_file_;
  std::shared_ptr<os::MemoryGroups> memory_groups_;  // nullptr: no limit of memory, or none by the kernel
  Run run_;
  std::unique_ptr<HostProcess> loading_;  // before start
  std::unique_ptr<Deaths> deaths_;        // after it
  TimeLimits time_limits_{run_};
  std::unique_ptr<Launches> launches_;  // if there are programs
  std::uint64_t cancel_deadline_ns_ = UINT64_MAX;
  std::uint64_t leave_deadline_ns_ = UINT64_MAX;
  std::uint64_t suspended_ns_ = 0;   // since when; 0: it is not
  std::uint64_t made_ns_;            // the limit of the whole run counts from here: loading is part of it
  std::vector<Addition> additions_;  // not on the plan yet
  std::uint32_t room_ = 0;           // for tasks
  int also_watched_ = -1;
  bool expects_more_ = false;
  bool cancelled_early_ = false;
  bool over_ = false;
};

}  // namespace pyharness
