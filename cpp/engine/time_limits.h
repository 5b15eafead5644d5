// The time limits of cases: settles what runs too long, says where it stood, and stops what is left of its host.
// Thread-safety: the supervisor's thread only. Blocks for a tenth of a second at most, when cases that have run too
// long do not answer.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/batch.h"
#include "engine/run.h"

namespace pyharness {

// An attempt under way, and where.
struct RunningCase {
  Host* host = nullptr;
  std::uint32_t slot = 0;
  StartedAttempt attempt;
};

class TimeLimits {
 public:
  explicit TimeLimits(Run& run) : run_(&run) {}

  void enforce(Batch& batch);
  // Before all are killed: no result of theirs counts any more. Says where they stand, and returns them.
  std::vector<RunningCase> give_up_all(Batch& batch) const;
  // Goes on with stopping hosts of which only what hangs is left. Whether there are any that are retired and live.
  bool stop_abandoned(Batch& batch);
  // How long nothing needs to be looked at, but no longer than `most_ms`: cases start without telling.
  std::uint32_t until_next_ms(std::uint32_t most_ms) const;
  // Of one attempt of that case; 0: none.
  std::uint64_t limit_ns(TaskIndex task) const;
  Report why_late(TaskIndex task) const;

 private:
  std::vector<RunningCase> give_up(const std::function<bool(const StartedAttempt&)>& is_meant, Batch& batch) const;
  bool give_up_on(const StartedAttempt& attempt) const;
  void ask_where(const std::vector<RunningCase>& cases, Batch& batch) const;
  bool ask(const RunningCase& one) const;

  Run* run_;
};

}  // namespace pyharness
