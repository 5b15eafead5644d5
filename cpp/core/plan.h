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
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/backoff.h"
#include "core/dependencies.h"
#include "core/isolation.h"
#include "core/outcome.h"
#include "core/task.h"

namespace pyharness {

// What a task asks of the plan. Tasks that ask for the same share one of these.
struct TaskRules {
  std::uint32_t lane = 0;     // below lane_count
  bool serial = false;        // alone, after all that does not wait for it; needs no group and no threads then
  std::uint32_t threads = 1;  // worker places that it counts for; more than there are counts as all
  std::vector<std::uint32_t> groups = {};  // indices into Limits::group_limits; it needs room in all of them at once
  std::uint32_t retries = 0;
  Backoff backoff = {};
};

// A task that is not run, and the one that it needs.
struct Unmet {
  TaskIndex task = no_task;
  TaskIndex needed = no_task;
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
  // `rules_of[i]`: index of task i's rules. `priorities[i]`: its priority; empty: all have 0.
  // Throws std::out_of_range for a lane, group or rules that do not exist; std::invalid_argument, with the numbers of
  // the tasks, for dependencies in a circle or on tasks that do not exist, and for priorities that are not one finite
  // number each.
  Plan(std::vector<TaskRules> rules, const std::vector<std::uint32_t>& rules_of, Limits limits,
       std::vector<Dependency> dependencies = {}, std::vector<float> priorities = {});
  // Puts more tasks behind those that there are: free of dependencies, with priority 0. `rules_of[i]`: index, in
  // `rules`, of the rules of the i-th of them. Throws std::out_of_range as the constructor does.
  void add(std::vector<TaskRules> rules, const std::vector<std::uint32_t>& rules_of);

  // Moves up to `most` tasks of the lane whose constraints are met from ready to handed out.
  // The order among those that may start: the highest priority first; then what asks for most threads, then for most
  // groups, then the tightest group, then the free tasks. Among equals: what was given back or is tried again, in the
  // order in which it became ready, then the others in plan order. Serial tasks come last, whatever their priority.
  // A task that waits for places, or for room in one of several groups, has them kept free from what comes after it in
  // this order, in all lanes: ask for each in turn.
  // Free tasks come in any number, unless tasks are left that have constraints or wait for others: these must not end
  // up behind all of them.
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
  // Ends, as `error`, those of the tasks that are ready or wait, for a retry or for others; returns them in plan order.
  std::vector<TaskIndex> drop(const std::function<bool(TaskIndex)>& predicate);
  // Tasks that will not be run since one that they need has failed (or was not run either). They end so once all
  // that they wait for has ended; what comes after them goes on. Returns those that are new since the last call: ask
  // after each finish, abandon and drop. None are added after a cancel: then nothing is run any more for that reason.
  std::vector<Unmet> take_unmet() { return std::exchange(unmet_, {}); }
  // Hands out nothing more, retries nothing more; what is handed out may still finish.
  void cancel() { cancelled_ = true; }

  bool cancelled() const { return cancelled_; }
  // `max_fail` tasks have failed for good.
  bool has_failed_enough() const { return limits_.max_fail > 0 && failures_ >= limits_.max_fail; }
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
  // Something of the lane is handed out or may yet be.
  bool has_work(std::uint32_t lane) const;
  // Nothing runs, and nothing will.
  bool done() const { return (cancelled_ ? all_.out : all_.left) == 0; }
  // The tasks that will have no result, in plan order, without those of take_unmet(): planned are these, those, and the
  // finished ones. Meaningful once done().
  std::vector<TaskIndex> not_run() const;

 private:
  enum class State : std::uint8_t { blocked, ready, handed_out, waiting, finished, not_run, unmet };
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
    std::uint32_t tightest = UINT32_MAX;  // limit of its groups
    std::vector<std::uint32_t> groups;    // those with a limit, sorted

    Kind kind() const;
    bool operator==(const Constraints&) const = default;
    bool operator<(const Constraints& other) const;  // in the order of being served
  };
  // A place in the order in which tasks under the same constraints start.
  struct Turn {
    float priority;
    std::uint64_t number;  // among those of the same priority
    TaskIndex task;

    // The order of a heap whose first is the next.
    bool operator<(const Turn& other) const {
      return priority != other.priority ? priority < other.priority : number > other.number;
    }
  };
  struct Ready {
    std::vector<Turn> late;       // given back, tried again, or freed by the end of another; a heap
    std::deque<TaskIndex> fresh;  // in the order of their turns

    bool empty() const { return late.empty() && fresh.empty(); }
  };
  // Tasks under the same constraints: only how many of them may start has to be decided, never which.
  struct Line {
    Constraints constraints;
    std::array<Ready, lane_count> ready = {};
    std::size_t out = 0;
  };
  struct Count {
    std::size_t left = 0;     // not ended
    std::size_t out = 0;      // handed out, of those
    std::size_t blocked = 0;  // waiting for others to end, of those
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

  static constexpr float nothing_ready = -std::numeric_limits<float>::infinity();  // below all priorities

  void check_priorities(std::size_t planned) const;
  Constraints constraints_of(const TaskRules& rules) const;
  void add_rules(std::vector<TaskRules> rules);
  void add_task(std::uint32_t rules);
  std::vector<Line>::iterator line_for(const Constraints& constraints);
  void sort_by_priority();
  std::array<Count*, 3> counts_of(TaskIndex task);
  Line& line_of(TaskIndex task) { return lines_[line_of_rules_[tasks_[task].rules]]; }
  // How many of the worker places a task takes.
  std::uint32_t weight_of(const Constraints& constraints) const {
    return std::min(constraints.threads, limits_.workers);
  }

  Turn turn_of(TaskIndex task, std::uint64_t number) const;
  Turn next(const Ready& ready) const;
  static void remove_next(Ready& ready, TaskIndex task);
  float first_priority(const Line& line) const;
  Line* next_line(std::uint32_t lane);

  std::size_t startable(const Line& line, std::uint32_t lane) const;
  std::size_t room_in_groups(const Line& line, float priority) const;
  std::size_t held_by_earlier(const Line& line, float priority, std::uint32_t group) const;
  const Line* heavier_line_that_waits(const Constraints& constraints, float priority) const;
  std::size_t places_of_lighter(const Constraints& constraints) const;

  void hand_out(TaskIndex task);
  void take_back(TaskIndex task, const char* what);
  void end(TaskIndex task, State state);
  void end_with(TaskIndex task, Outcome outcome);
  void release(TaskIndex ended, bool met);
  void unblock(TaskIndex task);
  void make_ready(TaskIndex task, std::uint64_t turn);
  void make_ready_again(TaskIndex task) { make_ready(task, again_++); }
  void await_retry(TaskIndex task, std::uint64_t now_ns);
  void wake(std::uint64_t now_ns);

  Count& count_of(Kind kind) { return kinds_[static_cast<std::size_t>(kind)]; }
  const Count& count_of(Kind kind) const { return kinds_[static_cast<std::size_t>(kind)]; }

  Limits limits_;
  std::vector<TaskRules> rules_;
  std::vector<std::uint32_t> line_of_rules_;
  std::vector<Task> tasks_;
  Dependencies dependencies_;
  std::vector<float> priorities_;
  std::vector<Unmet> unmet_;
  std::vector<Line> lines_;                          // in the order of being served
  std::vector<Waiting> waiting_;                     // a heap
  std::unordered_map<TaskIndex, Failures> retried_;  // few have any
  std::vector<std::size_t> out_of_group_;
  Count all_;
  std::array<Count, lane_count> lanes_{};
  std::array<Count, kind_count> kinds_{};
  std::uint64_t again_ = 0;       // turns given to what became ready again
  std::size_t places_taken_ = 0;  // by what is handed out
  std::size_t finished_ = 0;
  std::uint32_t failures_ = 0;
  bool cancelled_ = false;
};

}  // namespace pyharness
