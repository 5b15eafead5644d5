// The times in which a run stood still (the user had suspended it): they count for nobody's time limit.
// Thread-safety: one thread. Times in nanoseconds of one clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pyharness {

class Pauses {
 public:
  void add(std::uint64_t from_ns, std::uint64_t to_ns) { pauses_.push_back({from_ns, to_ns}); }

  // How much of [from, to) was pause.
  std::uint64_t within(std::uint64_t from_ns, std::uint64_t to_ns) const {
    std::uint64_t sum = 0;
    for (const Pause& pause : pauses_) {
      const std::uint64_t begin = std::max(from_ns, pause.from_ns);
      const std::uint64_t end = std::min(to_ns, pause.to_ns);
      sum += end > begin ? end - begin : 0;
    }
    return sum;
  }
  // What has passed from one time to another, without pauses.
  std::uint64_t between(std::uint64_t from_ns, std::uint64_t to_ns) const {
    return to_ns > from_ns ? to_ns - from_ns - within(from_ns, to_ns) : 0;
  }

 private:
  struct Pause {
    std::uint64_t from_ns;
    std::uint64_t to_ns;
  };
  std::vector<Pause> pauses_;
};

}  // namespace pyharness
