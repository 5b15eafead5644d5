// The other side of the suite ABI: one context per worker, to which reports of its current case go, whichever thread
// of that case they come from.
// Thread-safety: begin and end by the worker; everything else by any thread. Ownership: by the worker; registered in a
// process-wide list while it lives, so that threads started by a case (and the crash guard) find it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "core/outcome.h"
#include "engine/capture.h"
#include "engine/report_log.h"
#include "pyharness/suite.h"

struct pyharness_context {
 public:
  // `failed_in_child`: a word in shared memory, by which a process that a case has forked tells of its failures.
  pyharness_context(std::uint32_t slot, std::byte* log_region, std::atomic<std::uint32_t>* failed_in_child = nullptr);
  pyharness_context(const pyharness_context&) = delete;
  pyharness_context& operator=(const pyharness_context&) = delete;
  ~pyharness_context();

  // Called on the worker thread, after its capture is attached.
  void enter_thread(pyharness::CaptureId capture);
  // In a process that was forked to run the case: reports come from there now.
  void enter_process();
  void begin(bool log_all_read);
  // The outcome from what was reported and what `run` returned. A failure without a report gets one.
  pyharness::Outcome end(std::uint32_t returned);
  void add(const pyharness_report& report);
  // A failure that the engine has found, not the suite.
  void add_failure(std::string_view message);
  // Something that the case has left behind, which does not count as a failure.
  void add_leak(std::uint32_t kind, std::string_view message);

  std::uint32_t slot() const { return slot_; }
  pyharness::ReportLog& log() { return log_; }

  // The context of the calling thread, or nullptr. Async-signal-safe.
  static pyharness_context* of_this_thread();
  static bool on_worker_thread();

 private:
  std::uint32_t slot_;
  std::atomic<pyharness::CaptureId> capture_{0};
  std::atomic<pid_t> process_{0};
  std::atomic<bool> active_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> skipped_{false};
  std::atomic<std::uint32_t>* failed_in_child_;
  pyharness::ReportLog log_;
};

namespace pyharness {

// What suites are given. One per process, never destroyed.
const pyharness_host& host_interface();

}  // namespace pyharness
