// What is asked of a run as a whole. Thread-safety: values.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

namespace pyharness {

// One step of ending a process: a signal, and how long to wait for its effect.
struct StopStep {
  int signal = 0;
  std::uint64_t wait_ms = 0;
};

// What a crash of a test does to the run: panic ends it at once; go_on costs that case only.
enum class OnCrash : std::uint8_t { panic = 0, go_on = 1 };
// What is done about state and processes that a case leaves behind: nothing; told and put right; a failure as well.
enum class Leaks : std::uint8_t { ignore = 0, warn = 1, fail = 2 };

struct RunOptions {
  std::string host_program;
  std::uint32_t workers = 4;
  bool captured = true;
  bool apart = false;                 // no two cases side by side in one process: `thread` is run as `process`
  std::uint64_t timeout_ms = 60'000;  // per case, where neither settings nor the case have one; 0: none
  std::uint64_t global_timeout_ms = 0;
  std::uint64_t load_timeout_ms = 60'000;
  std::uint64_t grace_ms = 10'000;  // for running cases, after cancel(Stop::soon)
  std::vector<StopStep> stop_steps = {{SIGTERM, 5'000}, {SIGKILL, 1'000}};  // for what is left of a host that hangs
  std::uint32_t max_fail = 0;
  OnCrash on_crash = OnCrash::panic;
  Leaks leaks = Leaks::warn;
  std::uint64_t memory_limit_bytes = 0;                        // of one host, and of the process of one case; 0: none
  std::uint64_t most_output_bytes = std::uint64_t{16} << 20U;  // kept of one attempt
  double load_limit = 0;   // starts nothing more while more threads than that can run on the machine; 0: no limit
  std::uint64_t seed = 0;  // of the jitter of retries
};

}  // namespace pyharness
