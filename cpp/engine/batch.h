// What has happened in a run since the supervisor was last asked: attempts in columns, and the rare things one by one.
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "core/plan.h"
#include "core/task.h"
#include "engine/report_log.h"
#include "engine/run_table.h"

namespace pyharness {

// Times are nanoseconds since the start of the run.
struct StartedAttempt {
  TaskIndex task = no_task;
  std::uint32_t attempt = 0;
  std::uint32_t worker = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t elapsed_ns = 0;
};

// One entry per attempt that has ended, in the order of their ends.
struct FinishedColumns {
  std::vector<TaskIndex> tasks;
  std::vector<std::uint8_t> outcomes;
  std::vector<std::uint8_t> workers;
  std::vector<std::uint64_t> starts_ns;
  std::vector<std::uint64_t> durations_ns;
  std::vector<std::uint32_t> captures;  // number for Supervisor::read_output
  std::vector<std::uint64_t> output_begins;
  std::vector<std::uint64_t> output_ends;
  std::vector<std::uint32_t> attempts;         // numbers, from 1
  std::vector<std::uint8_t> finals;            // 1: the task's last attempt; 0: it will be tried again
  std::vector<std::uint64_t> retry_delays_ns;  // then, after this time at the earliest
};

struct TaskReport {
  TaskIndex task = no_task;
  Report report;
};

// An attempt that was cut off through no fault of its own.
struct InterruptedAttempt {
  StartedAttempt attempt;
  std::string reason;
  bool runs_again = false;  // under the same number; else the run ends
  std::uint32_t capture = 0;
  std::uint64_t output_begin = 0;
  std::uint64_t output_end = 0;
};

// What an attempt printed after its time was over, in answer to the signals that stop it, say.
struct LateOutput {
  TaskIndex task = no_task;
  std::uint32_t attempt = 1;
  std::string text;
};

// A host, or the process of a case, died at the hands of a case.
struct CrashReport {
  TaskIndex task = no_task;         // no_task: no culprit could be named
  std::vector<TaskIndex> suspects;  // then, or when it was found by running these again
  std::uint32_t attempt = 1;
  std::uint32_t worker = 0;
  CrashKind kind = CrashKind::died;  // died: nothing was noted, `signal` or `exit_code` are the process's status
  int signal = 0;                    // 0: it ended by an exit
  int exit_code = 0;
  std::uint64_t address = 0;
  bool is_sent = false;            // the signal came by raise() or kill(), and has no address
  std::uint64_t memory_bytes = 0;  // of kind memory: what it used
  bool stack_overflow = false;
  bool left_over = false;  // the thread that crashed is older than the case that ran on its worker
  std::uint32_t capture = 0;
  std::uint64_t output_begin = 0;
  std::uint64_t output_end = 0;
  std::vector<std::uint64_t> frames;  // program counters, innermost first
  std::string maps;                   // text of /proc/PID/maps of the host
};

// Where an attempt stood when its time was over, or the run ended.
struct HungStack {
  TaskIndex task = no_task;
  std::uint32_t attempt = 1;
  std::vector<std::uint64_t> frames;
  std::string maps;
};

// A suite that cannot be loaded any more; its cases that have not ended come as `error`.
struct LostSuite {
  std::uint32_t library = 0;
  std::string reason;
  std::string output;
};

struct Batch {
  std::vector<StartedAttempt> started;  // of which no end is known yet
  FinishedColumns finished;
  std::vector<TaskReport> reports;      // of the finished ones
  std::vector<Unmet> unmet;             // not run since one that they need has not passed
  std::vector<StartedAttempt> running;  // right now
  std::vector<InterruptedAttempt> interrupted;
  std::vector<CrashReport> crashes;
  std::vector<HungStack> stacks;
  std::vector<LateOutput> late_outputs;  // each of one whose end was told, here or before
  std::vector<LostSuite> lost_suites;
  std::vector<std::string>
      host_failures;   // sentences: a suite broke while it was unloaded, hosts that cannot be replaced
  bool panic = false;  // the last of the crashes ends the run
  bool over = false;
  bool timed_out = false;  // the run's own limit has passed
};

}  // namespace pyharness
