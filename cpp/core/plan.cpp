#include "core/plan.h"

#include <stdexcept>
#include <string>

namespace pyharness {

Plan::Plan(const std::vector<bool>& serial, Limits limits)
    : states_(serial.size(), State::ready), is_serial_(serial), limits_(limits) {
  for (std::size_t task = 0; task < serial.size(); ++task) {
    (serial[task] ? serial_ : parallel_).push_back(static_cast<TaskIndex>(task));
  }
}

std::vector<TaskIndex> Plan::take(std::size_t most) {
  std::vector<TaskIndex> taken;
  if (cancelled_ || serial_runs_) {
    return taken;
  }
  const auto hand_out = [&](TaskIndex task) {
    states_[task] = State::handed_out;
    ++handed_out_;
    taken.push_back(task);
  };
  std::vector<TaskIndex> still_waiting;
  for (const TaskIndex task : given_back_) {
    const bool startable = taken.size() < most && !is_serial_[task];
    startable ? hand_out(task) : still_waiting.push_back(task);
  }
  given_back_ = std::move(still_waiting);
  while (taken.size() < most && next_parallel_ < parallel_.size()) {
    hand_out(parallel_[next_parallel_++]);
  }
  if (handed_out_ == 0 && most > 0) {
    if (!given_back_.empty()) {
      hand_out(given_back_.back());
      given_back_.pop_back();
      serial_runs_ = true;
    } else if (next_serial_ < serial_.size()) {
      hand_out(serial_[next_serial_++]);
      serial_runs_ = true;
    }
  }
  return taken;
}

void Plan::finish(TaskIndex task, Outcome outcome) {
  if (states_.at(task) != State::handed_out) {
    throw std::logic_error("plan: task " + std::to_string(task) + " finished without having been handed out");
  }
  states_[task] = State::finished;
  --handed_out_;
  ++finished_;
  serial_runs_ = serial_runs_ && !is_serial_[task];
  if (is_failure(outcome) && ++failures_ == limits_.max_fail) {
    cancelled_ = true;
  }
}

void Plan::give_back(TaskIndex task) {
  if (states_.at(task) != State::handed_out) {
    throw std::logic_error("plan: task " + std::to_string(task) + " given back without having been handed out");
  }
  states_[task] = State::ready;
  --handed_out_;
  serial_runs_ = serial_runs_ && !is_serial_[task];
  given_back_.push_back(task);
}

void Plan::abandon(TaskIndex task) {
  if (states_.at(task) == State::handed_out) {
    states_[task] = State::not_run;
    --handed_out_;
    serial_runs_ = serial_runs_ && !is_serial_[task];
  }
}

bool Plan::done() const { return handed_out_ == 0 && (cancelled_ || !has_ready()); }

std::vector<TaskIndex> Plan::not_run() const {
  std::vector<TaskIndex> tasks;
  for (std::size_t task = 0; task < states_.size(); ++task) {
    if (states_[task] != State::finished) {
      tasks.push_back(static_cast<TaskIndex>(task));
    }
  }
  return tasks;
}

}  // namespace pyharness
