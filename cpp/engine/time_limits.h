// The time limits of cases: settles what runs too long, says where it stood, and stops what is left of its host.
// Thread-safety: the supervisor's thread only. Blocks for a tenth of a second at most, when a case that has run too
// long does not answer.
#pragma once

#include <cstdint>

#include "engine/batch.h"
#include "engine/run.h"

namespace pyharness {

class TimeLimits {
 public:
  explicit TimeLimits(Run& run) : run_(&run) {}

  void enforce(Batch& batch);
  // Where all that run stand, before they are killed.
  void ask_all(Batch& batch) const;
  // Goes on with stopping hosts of which only what hangs is left. Whether there are any that are retired and live.
  bool stop_abandoned(Batch& batch);
  // How long nothing needs to be looked at, but no longer than `most_ms`: cases start without telling.
  std::uint32_t until_next_ms(std::uint32_t most_ms) const;

 private:
  std::uint64_t limit_ns(TaskIndex task) const;
  bool give_up_on(const StartedAttempt& attempt) const;
  void ask_where(const Host& host, std::uint32_t slot, const StartedAttempt& attempt, Batch& batch) const;
  Report why_late(TaskIndex task) const;

  Run* run_;
};

}  // namespace pyharness
