// Commands that answer something before the run: what cases a program has, what tests a build folder.
// Thread-safety: the supervisor's thread only. Blocks until all have ended, each within its limit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/launch.h"
#include "engine/run_options.h"

namespace pyharness {

constexpr std::uint64_t most_answer_bytes = std::uint64_t{256} << 20U;

struct Query {
  Launch::CommandOf command;
  bool wants_address = false;
};

struct Answer {
  // not_started: `text` says why. late: it was killed after its limit. flooded: it was killed since it wrote more than
  // most_answer_bytes, and only the beginning is kept. cancelled: nobody wants to know any more.
  enum class Kind : std::uint8_t { ended, not_started, late, flooded, cancelled };
  Kind kind = Kind::cancelled;
  os::ExitStatus status;
  std::string text;
  std::string output;  // standard output and error
  std::string report;
};

// At most `most` at a time. `go_on` is asked about ten times a second; when it says no, the rest is cancelled.
std::vector<Answer> ask_all(const std::vector<Query>& queries, std::uint32_t most, std::uint32_t limit_ms,
                            const std::vector<StopStep>& stop_steps, const std::function<bool()>& go_on);

}  // namespace pyharness
