// The workers of one host: threads that take tasks from the run table, run them in their suites and record results.
// Thread-safety: start and join by the owner; everything between goes through the table. Ownership: owns its threads
// and their contexts; refers to the table, the suites, and the memory of the report logs, which must outlive it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/capture.h"
#include "engine/process_watch.h"
#include "engine/profiles.h"
#include "engine/run_options.h"
#include "engine/run_table.h"
#include "engine/suite_library.h"

namespace pyharness {

struct PoolOptions {
  std::uint32_t host = 0;          // number of this host in the table
  std::vector<int> capture_files;  // one per worker
  Capture::Streams streams = Capture::Streams::captured;
  Capture::Table table = Capture::Table::own;
  Leaks leaks = Leaks::ignore;
  std::byte* report_logs = nullptr;    // ReportLog::bytes_per_worker for each worker
  int wakeup = -1;                     // rung for the supervisor
  std::vector<int> closed_in_workers;  // descriptors that no case shall see
  pid_t keeper = 0;                    // see Capture::attach; 0: the main thread
  Profiles* profiles = nullptr;        // nullptr: nobody wants them
};

class ThreadPool {
 public:
  ThreadPool(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites, PoolOptions options);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  void start();
  // Instead of `start`, where there is one worker: takes its seat on the calling thread, until it leaves. Meanwhile
  // another thread, `keeper`, calls `attend`. Cases that want the main thread of their process get it so.
  void run_here(pid_t keeper);
  // Waits until the worker of run_here has left; or, when a case has ended that thread, until its successors have.
  // False in the first case: the calling thread of run_here goes on then.
  bool attend();
  // Waits until every worker has left: the table is closed or stopped, or the host retired.
  void join();
  // Gives workers whose thread was ended by a case a new one. `join` does so, too; call it where nobody joins.
  void revive();

 private:
  struct Seat;

  void prepare();
  void seat(Seat& seat);
  bool all_left() const;
  void wait_for_all_attached();

  RunTable* table_;
  const std::vector<std::unique_ptr<SuiteLibrary>>* suites_;
  PoolOptions options_;
  std::unique_ptr<ProcessWatch> process_watch_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::atomic<std::uint32_t> attached_{0};       // futex
  std::atomic<std::uint32_t> ended_threads_{0};  // futex: grows with each thread that ends
};

}  // namespace pyharness
