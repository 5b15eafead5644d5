// Which tasks wait for which: who may go on when one of them has ended, and who never can.
// A pure state machine. Thread-safety: one thread. Ownership: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/task.h"

namespace pyharness {

class Dependencies {
 public:
  // A task for which nothing is left to wait.
  struct Released {
    TaskIndex task = no_task;
    TaskIndex failed_need = no_task;  // the first whose end was not a good one; no_task: it may run
  };

  Dependencies() = default;
  // Throws std::invalid_argument when a task does not exist, or when tasks wait for one another in a circle.
  Dependencies(std::size_t planned, std::vector<Dependency> dependencies);

  bool empty() const { return dependencies_.empty(); }
  // Tasks beyond those that it was made for wait for none.
  bool waits(TaskIndex task) const { return task < waits_for_.size() && waits_for_[task].count > 0; }
  // The task has ended for good, `met`: so that what needs it may run; call once for each. Returns those that have
  // waited for it last, in plan order.
  std::vector<Released> end(TaskIndex task, bool met);

 private:
  struct Waits {
    std::uint32_t count = 0;
    TaskIndex failed_need = no_task;
  };

  void check_indices(std::size_t planned) const;
  void check_circles() const;
  [[noreturn]] void throw_circle(const std::vector<std::uint32_t>& left) const;
  std::span<const Dependency> on(TaskIndex task) const;

  std::vector<Dependency> dependencies_;  // by what is waited for, then by who waits
  std::vector<std::size_t> begins_;       // in those, by what is waited for; empty: there are none
  std::vector<Waits> waits_for_;
};

}  // namespace pyharness
