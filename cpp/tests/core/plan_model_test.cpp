// The plan under random use, beside books that are kept in the plainest way.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <set>

#include "core/plan.h"

using pyharness::Dependency;
using pyharness::is_failure;
using pyharness::lane_count;
using pyharness::no_task;
using pyharness::Outcome;
using pyharness::Plan;
using pyharness::TaskIndex;
using pyharness::TaskRules;

namespace {

enum class State { blocked, ready, out, waiting, finished, abandoned, unmet };

struct Entry {
  TaskRules rules;
  State state = State::ready;
  std::uint32_t attempt = 1;
  std::uint64_t not_before_ns = 0;
  bool fresh = true;
  bool met = false;  // for those that need it
  float priority = 0;
  std::vector<Dependency> waits_for = {};
};

bool has_ended(State state) { return state == State::finished || state == State::abandoned || state == State::unmet; }

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    limits_ = {.max_fail = chance(4) ? below(20) : 0,
               .workers = 1 + below(5),
               .group_limits = {below(4), 1 + below(3), 1},
               .seed = seed};
    std::vector<TaskRules> rules(1 + below(6));
    std::generate(rules.begin(), rules.end(), [&] { return random_rules(); });
    std::vector<std::uint32_t> rules_of(below(60));
    std::generate(rules_of.begin(), rules_of.end(), [&] { return below(rules.size()); });
    for (const std::uint32_t index : rules_of) {
      books_.push_back({rules[index]});
    }
    std::vector<Dependency> dependencies = random_dependencies();
    std::vector<float> priorities = random_priorities();
    plan_ = Plan(std::move(rules), rules_of, limits_, std::move(dependencies), std::move(priorities));
    settle();
    quiet_ = chance(2);
  }

  void run() {
    for (int steps = 0; !plan_.done(); ++steps) {
      REQUIRE(steps < 100'000);
      now_ns_ += below(4);
      act();
      check();
    }
    check_end();
  }

 private:
  std::uint32_t below(std::size_t limit) {
    return static_cast<std::uint32_t>(std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_));
  }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

  TaskRules random_rules() {
    return {.lane = below(lane_count),
            .serial = chance(6),
            .threads = chance(3) ? below(8) : 1,
            .groups = random_groups(),
            .retries = below(3),
            .backoff = {.delay_ns = below(30), .exponential = chance(2), .longest_ns = 40, .jitter = chance(2)}};
  }

  std::vector<std::uint32_t> random_groups() {
    std::vector<std::uint32_t> groups(chance(3) ? below(4) : 0);
    std::generate(groups.begin(), groups.end(), [&] { return below(limits_.group_limits.size()); });
    return groups;
  }

  // Each waits for some that come before it in an order of all, so that there is no circle.
  std::vector<Dependency> random_dependencies() {
    std::vector<Dependency> dependencies;
    if (books_.size() < 2 || chance(2)) {
      return dependencies;
    }
    std::vector<TaskIndex> order(books_.size());
    std::iota(order.begin(), order.end(), TaskIndex{0});
    std::shuffle(order.begin(), order.end(), random_);
    for (std::uint32_t count = below(2 * books_.size()); count > 0; --count) {
      const std::uint32_t later = 1 + below(order.size() - 1);
      const auto kind = chance(2) ? Dependency::Kind::after : Dependency::Kind::needs;
      dependencies.push_back({order[later], order[below(later)], kind});
      books_[order[later]].state = State::blocked;
      books_[order[later]].waits_for.push_back(dependencies.back());
    }
    return dependencies;
  }

  std::vector<float> random_priorities() {
    std::vector<float> priorities(chance(2) ? 0 : books_.size());
    for (TaskIndex task = 0; task < priorities.size(); ++task) {
      priorities[task] = books_[task].priority = static_cast<float>(below(5)) - 2.0F;
    }
    has_priorities_ = !priorities.empty();
    return priorities;
  }

  void act() {
    const std::vector<TaskIndex> out = in_state(State::out);
    if (!quiet_ && chance(100)) {
      interfere();
    } else if (out.empty()) {
      must_go_on();
    } else if (chance(3)) {
      take(below(lane_count), below(8));
    } else {
      end_attempt(out[below(out.size())]);
    }
  }

  // Nothing is handed out, yet the plan is not done: either something can be taken now, or the plan says when.
  void must_go_on() {
    std::size_t taken = 0;
    for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
      taken += take(lane, 1 + below(8));
    }
    if (taken == 0) {
      REQUIRE(plan_.next_ready_ns() > now_ns_);
      REQUIRE(plan_.next_ready_ns() < UINT64_MAX);
      now_ns_ = plan_.next_ready_ns();
    }
  }

  std::size_t take(std::uint32_t lane, std::size_t most) {
    const std::vector<TaskIndex> taken = plan_.take(lane, most, now_ns_);
    CHECK(taken.size() <= most);
    CHECK((taken.empty() || !cancelled_));
    TaskIndex last_fresh = no_task;
    check_priorities(taken);
    for (const TaskIndex task : taken) {
      Entry& entry = books_[task];
      REQUIRE((!entry.rules.serial || only_serial_may_start()));
      CHECK(entry.rules.lane == lane);
      CHECK((entry.state == State::ready || entry.state == State::waiting));
      CHECK(entry.not_before_ns <= now_ns_);
      if (entry.fresh && is_free(entry.rules)) {
        CHECK(no_earlier_is_fresh(task));
        last_fresh = task;
      } else {
        CHECK((last_fresh == no_task || entry.rules.serial || has_priorities_));
      }
      entry.state = State::out;
      entry.fresh = false;
    }
    return taken.size();
  }

  void check_priorities(const std::vector<TaskIndex>& taken) const {
    CHECK(std::is_sorted(taken.begin(), taken.end(), [&](TaskIndex a, TaskIndex b) {
      return books_[a].rules.serial == books_[b].rules.serial && books_[a].priority > books_[b].priority;
    }));
  }

  void end_attempt(TaskIndex task) {
    const Entry& entry = books_[task];
    if (chance(6)) {
      give_back(task);
      return;
    }
    const auto outcome = chance(2) ? Outcome::pass : static_cast<Outcome>(1 + below(6));
    const bool allowed = !chance(5);
    const bool again = is_failure(outcome) && allowed && !cancelled_ && entry.attempt <= entry.rules.retries;
    const auto ending = plan_.finish(task, outcome, allowed ? Plan::Retry::allowed : Plan::Retry::forbidden, now_ns_);
    CHECK((ending == Plan::Ending::retry) == again);
    again ? await_retry(task) : finish(task, outcome);
    settle();
  }

  void await_retry(TaskIndex task) {
    Entry& entry = books_[task];
    const auto& backoff = entry.rules.backoff;
    const std::uint64_t grown = backoff.exponential ? backoff.delay_ns << (entry.attempt - 1) : backoff.delay_ns;
    const std::uint64_t wait = std::min(grown, backoff.longest_ns);
    entry.state = State::waiting;
    entry.not_before_ns = plan_.not_before_ns(task);
    ++entry.attempt;
    CHECK(entry.not_before_ns <= now_ns_ + wait);
    CHECK(entry.not_before_ns >= now_ns_ + (backoff.jitter ? wait / 2 : wait));
  }

  void finish(TaskIndex task, Outcome outcome) {
    CHECK(books_[task].state != State::finished);
    books_[task].state = State::finished;
    books_[task].met = outcome == Outcome::pass || (outcome == Outcome::skip && books_[task].attempt == 1);
    failures_ += is_failure(outcome) ? 1 : 0;
    cancelled_ = cancelled_ || (limits_.max_fail > 0 && failures_ >= limits_.max_fail);
  }

  // What waits for nothing any more is ready, or not run, and the plan must say the same.
  void settle() {
    std::vector<TaskIndex> unmet;
    for (bool changed = !cancelled_; changed;) {
      changed = false;
      for (TaskIndex task = 0; task < books_.size(); ++task) {
        if (books_[task].state == State::blocked && waits_no_more(books_[task])) {
          const bool may_run = std::all_of(books_[task].waits_for.begin(), books_[task].waits_for.end(),
                                           [&](const Dependency& on) { return !is_unmet(on); });
          books_[task].state = may_run ? State::ready : State::unmet;
          changed = true;
          if (!may_run) {
            unmet.push_back(task);
          }
        }
      }
    }
    std::vector<TaskIndex> told;
    for (const auto& [task, needed] : plan_.take_unmet()) {
      told.push_back(task);
      CHECK(is_unmet({task, needed, Dependency::Kind::needs}));
    }
    std::sort(told.begin(), told.end());
    std::sort(unmet.begin(), unmet.end());
    CHECK(told == unmet);
  }

  bool waits_no_more(const Entry& entry) const {
    return std::all_of(entry.waits_for.begin(), entry.waits_for.end(),
                       [&](const Dependency& dependency) { return has_ended(books_[dependency.on].state); });
  }
  bool is_unmet(const Dependency& dependency) const {
    return dependency.kind == Dependency::Kind::needs && has_ended(books_[dependency.on].state) &&
           !books_[dependency.on].met;
  }

  void give_back(TaskIndex task) {
    Entry& entry = books_[task];
    entry.state = State::ready;
    if (chance(2)) {
      plan_.give_back(task);
    } else {
      entry.rules.lane = below(lane_count);
      plan_.give_back(task, entry.rules.lane);
    }
  }

  void interfere() {
    if (chance(3)) {
      plan_.cancel();
      cancelled_ = true;
    } else if (chance(2) && !books_.empty()) {
      const TaskIndex task = below(books_.size());
      plan_.abandon(task);
      books_[task].state = books_[task].state == State::out ? State::abandoned : books_[task].state;
      settle();
    } else {
      const std::uint32_t from = below(60);
      for (const TaskIndex task : plan_.drop([&](TaskIndex each) { return each >= from && each < from + 5; })) {
        CHECK((books_[task].state == State::ready || books_[task].state == State::waiting ||
               books_[task].state == State::blocked));
        finish(task, Outcome::error);
      }
      settle();
    }
  }

  void check() const {
    const std::vector<TaskIndex> out = in_state(State::out);
    REQUIRE(plan_.handed_out() == out.size());
    REQUIRE(plan_.finished() == in_state(State::finished).size());
    REQUIRE(plan_.cancelled() == cancelled_);
    check_limits(out);
    for (TaskIndex task = 0; task < books_.size(); ++task) {
      if (!agrees(task)) {  // one assertion each would take most of the test's time
        FAIL("plan and books disagree about task ", task);
      }
    }
    for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
      REQUIRE(plan_.has_work(lane) == std::any_of(books_.begin(), books_.end(), [&](const Entry& entry) {
                return entry.rules.lane == lane && is_work(entry.state);
              }));
    }
  }

  bool agrees(TaskIndex task) const {
    const Entry& entry = books_[task];
    return plan_.is_handed_out(task) == (entry.state == State::out) &&
           plan_.is_finished(task) == (entry.state == State::finished) && plan_.attempt(task) == entry.attempt &&
           entry.attempt <= entry.rules.retries + 1;
  }

  void check_limits(const std::vector<TaskIndex>& out) const {
    std::array<std::uint32_t, 3> of_group{};
    std::uint32_t places = 0;
    bool heavy = false;
    for (const TaskIndex task : out) {
      const TaskRules& rules = books_[task].rules;
      if (rules.serial) {
        REQUIRE(out.size() == 1);
        return;
      }
      heavy = heavy || rules.threads > 1;
      places += std::clamp(rules.threads, 1U, limits_.workers);
      for (const std::uint32_t group : std::set(rules.groups.begin(), rules.groups.end())) {
        ++of_group[group];
      }
    }
    REQUIRE((!heavy || places <= limits_.workers));
    for (std::size_t group = 0; group < of_group.size(); ++group) {
      REQUIRE((limits_.group_limits[group] == 0 || of_group[group] <= limits_.group_limits[group]));
    }
  }

  void check_end() const {
    std::vector<TaskIndex> expected;
    for (TaskIndex task = 0; task < books_.size(); ++task) {
      REQUIRE((cancelled_ || !is_work(books_[task].state)));
      if (books_[task].state != State::finished && books_[task].state != State::unmet) {
        expected.push_back(task);
      }
    }
    CHECK(plan_.not_run() == expected);
    CHECK(plan_.finished() + in_state(State::unmet).size() + expected.size() == plan_.planned());
  }

  std::vector<TaskIndex> in_state(State state) const {
    std::vector<TaskIndex> tasks;
    for (TaskIndex task = 0; task < books_.size(); ++task) {
      if (books_[task].state == state) {
        tasks.push_back(task);
      }
    }
    return tasks;
  }

  bool is_work(State state) const { return state == State::out || (!cancelled_ && !has_ended(state)); }

  bool is_free(const TaskRules& rules) const {
    return !rules.serial && rules.threads <= 1 &&
           std::all_of(rules.groups.begin(), rules.groups.end(),
                       [&](std::uint32_t group) { return limits_.group_limits[group] == 0; });
  }

  bool no_earlier_is_fresh(TaskIndex task) const {
    return std::none_of(books_.begin(), books_.begin() + task, [&](const Entry& entry) {
      return entry.fresh && entry.state == State::ready && is_free(entry.rules) &&
             entry.rules.lane == books_[task].rules.lane && entry.priority >= books_[task].priority;
    });
  }

  bool only_serial_may_start() const {
    return std::all_of(books_.begin(), books_.end(), [](const Entry& entry) {
      return entry.rules.serial || entry.state == State::blocked || has_ended(entry.state);
    });
  }

  std::mt19937 random_;
  Plan::Limits limits_;
  std::vector<Entry> books_;
  Plan plan_;
  std::uint64_t now_ns_ = 0;
  std::uint32_t failures_ = 0;
  bool cancelled_ = false;
  bool quiet_ = false;
  bool has_priorities_ = false;
};

}  // namespace

TEST_CASE("plan: under random use no constraint is broken, nothing gets stuck, and each task ends once") {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    Model(seed).run();
  }
}
