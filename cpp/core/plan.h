// The plan of a run: which tasks may start now, which have ended, and when there is nothing left to do.
// A pure state machine: no clock, no I/O, no threads. Owned and called by one thread (the supervisor's).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/outcome.h"
#include "core/task.h"

namespace pyharness {

class Plan {
 public:
  struct Limits {
    std::uint32_t max_fail = 0;  // stop starting tasks after so many failures; 0: never
  };

  Plan() = default;
  // `serial[i]`: task i runs while no other task runs.
  Plan(const std::vector<bool>& serial, Limits limits);

  // Moves up to `most` tasks whose constraints are met from ready to handed out, and returns them in plan order.
  // Serial tasks come one at a time, after everything else.
  std::vector<TaskIndex> take(std::size_t most);
  // A task that was handed out has ended. Throws std::logic_error when it was not.
  void finish(TaskIndex task, Outcome outcome);
  // A task that was handed out did not get to its end through no fault of its own, and is ready again.
  void give_back(TaskIndex task);
  // Hands out nothing more; what is handed out may still finish.
  void cancel() { cancelled_ = true; }
  // Tasks that were handed out and will never end: they count as not run.
  void abandon(TaskIndex task);

  bool cancelled() const { return cancelled_; }
  bool is_handed_out(TaskIndex task) const { return states_[task] == State::handed_out; }
  bool is_finished(TaskIndex task) const { return states_[task] == State::finished; }
  std::size_t planned() const { return states_.size(); }
  std::size_t finished() const { return finished_; }
  std::size_t handed_out() const { return handed_out_; }
  // Nothing runs, and nothing will.
  bool done() const;
  // The tasks that will have no result, in plan order; meaningful once done().
  std::vector<TaskIndex> not_run() const;

 private:
  enum class State : std::uint8_t { ready, handed_out, finished, not_run };

  bool has_ready() const {
    return !given_back_.empty() || next_parallel_ < parallel_.size() || next_serial_ < serial_.size();
  }

  std::vector<State> states_;
  std::vector<bool> is_serial_;
  std::vector<TaskIndex> parallel_;  // in plan order; those before next_parallel_ have been handed out
  std::vector<TaskIndex> serial_;
  std::vector<TaskIndex> given_back_;
  std::size_t next_parallel_ = 0;
  std::size_t next_serial_ = 0;
  std::size_t handed_out_ = 0;
  std::size_t finished_ = 0;
  std::uint32_t failures_ = 0;
  Limits limits_;
  bool serial_runs_ = false;
  bool cancelled_ = false;
};

}  // namespace pyharness
