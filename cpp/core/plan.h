// The plan of a run: which tasks may start now, which have ended, which are tried again and when, and when there is
// nothing left to do.
// A pure state machine: no clock, no I/O, no threads. Owned and called by one thread (the supervisor's).
// Times are nanoseconds of whatever steady clock the caller reads.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "core/backoff.h"
#include "core/isolation.h"
#include "core/outcome.h"
#include "core/task.h"

namespace pyharness {

// What a task asks of the plan. Tasks that ask for the same share one of these.
struct TaskRules {
  std::uint32_t lane = 0;          // below lane_count
  bool serial = false;             // alone, after everything else; needs no group and no threads then
  std::uint32_t threads = 1;       // worker places that it counts for; more than there are counts as all
  std::uint32_t group = no_group;  // index into Limits::group_limits
  std::uint32_t retries = 0;
  Backoff backoff = {};
};

class Plan {
 public:
  struct Limits {
    std::uint32_t max_fail = 0;  // cancel after so many tasks have failed for good; 0: never
    std::uint32_t workers = 1;
    std::vector<std::uint32_t> group_limits = {};  // tasks of the group handed out at once; 0: no limit
    std::uint64_t seed = 0;                        // of the jitter
  };
  enum class Retry : std::uint8_t { allowed, forbidden };
  enum class Ending : std::uint8_t { final, retry };

  Plan() = default;
  // `rules_of[i]`: index of task i's rules. Throws std::out_of_range for a lane, group or rules that do not exist.
  Plan(std::vector<TaskRules> rules, const std::vector<std::uint32_t>& rules_of, Limits limits);

  // Moves up to `most` tasks of the lane whose constraints are met from ready to handed out.
  // What asks for most threads comes first, then the groups (tightest first), then the free tasks. Among equals: what
  // was given back or is tried again, in the order in which it became ready, then the others in plan order.
  // Free tasks come in any number, unless tasks with constraints are left, which must not end up behind all of them.
  // Ask for each lane in turn: places that a task of several threads waits for are kept free in all of them.
  std::vector<TaskIndex> take(std::uint32_t lane, std::size_t most, std::uint64_t now_ns);
  // An attempt of a handed-out task has ended. A failure is tried again while the task has retries, `retry` allows it
  // and the plan is not cancelled. Throws std::logic_error when the task was not handed out; so does give_back().
  Ending finish(TaskIndex task, Outcome outcome, Retry retry, std::uint64_t now_ns);
  // A task that was handed out did not get to its end through no fault of its own: ready again, same attempt.
  void give_back(TaskIndex task);
  // The same, and from now on it belongs to that lane.
  void give_back(TaskIndex task, std::uint32_t lane);
  // A task that was handed out will never end: it counts as not run. Any other is left as it is.
  void abandon(TaskIndex task);
  // Ends, as `error`, those of the tasks that are ready or wait for a retry; returns them in plan order.
  std::vector<TaskIndex> drop(const std::function<bool(TaskIndex)>& predicate);
  // Hands out nothing more, retries nothing more; what is handed out may still finish.
  void cancel() { cancelled_ = true; }

  bool cancelled() const { return cancelled_; }
  bool is_handed_out(TaskIndex task) const { return tasks_[task].state == State::handed_out; }
  bool is_finished(TaskIndex task) const { return tasks_[task].state == State::finished; }
  // Of the attempt that runs, comes next, or was the last; from 1.
  std::uint32_t attempt(TaskIndex task) const;
  // Its failure would be final.
  bool is_last_attempt(TaskIndex task) const;
  // An earlier attempt has failed. True of a task of not_run() too whose retry did not come to its end.
  bool failed_before(TaskIndex task) const { return attempt(task) > 1; }
  // When a task that waits for a retry becomes ready; 0: it does not wait.
  std::uint64_t not_before_ns(TaskIndex task) const {
    return tasks_[task].state == State::waiting ? retried_.at(task).not_before_ns : 0;
  }
  // When the first waiting retry becomes ready; in the past until take() has seen it. UINT64_MAX: none waits.
  std::uint64_t next_ready_ns() const {
    return cancelled_ || waiting_.empty() ? UINT64_MAX : waiting_.front().not_before_ns;
  }

  std::size_t planned() const { return tasks_.size(); }
  std::size_t finished() const { return finished_; }
  std::size_t handed_out() const { return all_.out; }
  // Something of the lane is handed out or will be.
  bool has_work(std::uint32_t lane) const;
  // Nothing runs, and nothing will.
  bool done() const { return (cancelled_ ? all_.out : all_.left) == 0; }
  // The tasks that will have no result, in plan order; meaningful once done().
  std::vector<TaskIndex> not_run() const;

 private:
  enum class State : std::uint8_t { ready, handed_out, waiting, finished, not_run };
  enum class Kind : std::uint8_t { heavy, grouped, free, serial };
  static constexpr std::size_t kind_count = 4;

  struct Task {
    std::uint32_t rules = 0;
    std::uint8_t lane = 0;
    State state = State::ready;
  };
  struct Constraints {
    bool serial = false;
    std::uint32_t threads = 1;
    std::uint32_t group_limit = UINT32_MAX;
    std::uint32_t group = 0;  // 0: of all tasks without a limit; others count from 1

    Kind kind() const;
    bool operator==(const Constraints&) const = default;
    bool operator<(const Constraints& other) const;  // in the order of being served
  };
  struct Ready {
    std::deque<TaskIndex> again;
    std::deque<TaskIndex> fresh;

    bool empty() const { return again.empty() && fresh.empty(); }
    std::size_t size() const { return again.size() + fresh.size(); }
    TaskIndex pop();
  };
  // Tasks under the same constraints: only how many of them may start has to be decided, never which.
  struct Line {
    Constraints constraints;
    std::array<Ready, lane_count> ready = {};
    std::size_t out = 0;

    bool has_ready() const;
  };
  struct Count {
    std::size_t left = 0;  // not ended
    std::size_t out = 0;   // handed out, of those
  };
  struct Failures {
    std::uint32_t count = 0;
    std::uint64_t not_before_ns = 0;
  };
  struct Waiting {
    std::uint64_t not_before_ns;
    TaskIndex task;
    // The order of a heap whose first is the earliest.
    bool operator<(const Waiting& other) const {
      return not_before_ns != other.not_before_ns ? not_before_ns > other.not_before_ns : task > other.task;
    }
  };

  Constraints constraints_of(const TaskRules& rules) const;
  void make_lines();
  std::array<Count*, 3> counts_of(TaskIndex task);
  Line& line_of(TaskIndex task) { return lines_[line_of_rules_[tasks_[task].rules]]; }
  // How many of the worker places a task takes.
  std::uint32_t weight_of(const Constraints& constraints) const {
    return std::min(constraints.threads, limits_.workers);
  }

  std::size_t startable(const Constraints& constraints, std::uint32_t lane) const;
  std::size_t free_places_in_group(const Constraints& constraints) const {
    return constraints.group_limit - out_of_group_[constraints.group];
  }
  const Line* heavier_line_that_waits(const Constraints& constraints) const;
  std::size_t places_of_lighter(const Constraints& constraints) const;

  void hand_out(TaskIndex task);
  void take_back(TaskIndex task, const char* what);
  void end(TaskIndex task, State state);
  void end_with(TaskIndex task, Outcome outcome);
  void make_ready(TaskIndex task);
  void await_retry(TaskIndex task, std::uint64_t now_ns);
  void wake(std::uint64_t now_ns);

  Count& count_of(Kind kind) { return kinds_[static_cast<std::size_t>(kind)]; }
  const Count& count_of(Kind kind) const { return kinds_[static_cast<std::size_t>(kind)]; }

  Limits limits_;
  std::vector<TaskRules> rules_;
  std::vector<std::uint32_t> line_of_rules_;
  std::vector<Task> tasks_;
  std::vector<Line> lines_;                          // in the order of being served
  std::vector<Waiting> waiting_;                     // a heap
  std::unordered_map<TaskIndex, Failures> retried_;  // few have any
  std::vector<std::size_t> out_of_group_;
  Count all_;
  std::array<Count, lane_count> lanes_{};
  std::array<Count, kind_count> kinds_{};
  std::size_t places_taken_ = 0;  // by what is handed out
  std::size_t finished_ = 0;
  std::uint32_t failures_ = 0;
  bool cancelled_ = false;
};

}  // namespace pyharness
