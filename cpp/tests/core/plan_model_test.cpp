// The plan under random use, beside books that are kept in the plainest way.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

#include "core/plan.h"

using pyharness::is_failure;
using pyharness::lane_count;
using pyharness::no_group;
using pyharness::no_task;
using pyharness::Outcome;
using pyharness::Plan;
using pyharness::TaskIndex;
using pyharness::TaskRules;

namespace {

enum class State { ready, out, waiting, finished, abandoned };

struct Entry {
  TaskRules rules;
  State state = State::ready;
  std::uint32_t attempt = 1;
  std::uint64_t not_before_ns = 0;
  bool fresh = true;
};

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    limits_ = {.max_fail = chance(4) ? below(20) : 0,
               .workers = 1 + below(5),
               .group_limits = {below(4), 1 + below(3)},
               .seed = seed};
    std::vector<TaskRules> rules(1 + below(6));
    std::generate(rules.begin(), rules.end(), [&] { return random_rules(); });
    std::vector<std::uint32_t> rules_of(below(60));
    std::generate(rules_of.begin(), rules_of.end(), [&] { return below(rules.size()); });
    for (const std::uint32_t index : rules_of) {
      books_.push_back({rules[index]});
    }
    plan_ = Plan(std::move(rules), rules_of, limits_);
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
            .group = chance(3) ? below(2) : no_group,
            .retries = below(3),
            .backoff = {.delay_ns = below(30), .exponential = chance(2), .longest_ns = 40, .jitter = chance(2)}};
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
    for (const TaskIndex task : taken) {
      Entry& entry = books_[task];
      CHECK(entry.rules.lane == lane);
      CHECK((entry.state == State::ready || entry.state == State::waiting));
      CHECK(entry.not_before_ns <= now_ns_);
      if (entry.fresh && is_free(entry.rules)) {
        CHECK(no_earlier_is_fresh(task));
        last_fresh = task;
      } else {
        CHECK((last_fresh == no_task || entry.rules.serial));
      }
      entry.state = State::out;
      entry.fresh = false;
    }
    return taken.size();
  }

  void end_attempt(TaskIndex task) {
    Entry& entry = books_[task];
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
    failures_ += is_failure(outcome) ? 1 : 0;
    cancelled_ = cancelled_ || (limits_.max_fail > 0 && failures_ >= limits_.max_fail);
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
    } else {
      const std::uint32_t from = below(60);
      for (const TaskIndex task : plan_.drop([&](TaskIndex each) { return each >= from && each < from + 5; })) {
        CHECK((books_[task].state == State::ready || books_[task].state == State::waiting));
        finish(task, Outcome::error);
      }
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
    std::array<std::uint32_t, 2> of_group{};
    std::uint32_t places = 0;
    bool heavy = false;
    for (const TaskIndex task : out) {
      const TaskRules& rules = books_[task].rules;
      if (rules.serial) {
        REQUIRE(out.size() == 1);
        REQUIRE(only_serial_left());
        return;
      }
      heavy = heavy || rules.threads > 1;
      places += std::clamp(rules.threads, 1U, limits_.workers);
      if (rules.group != no_group) {
        ++of_group[rules.group];
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
      if (books_[task].state != State::finished) {
        expected.push_back(task);
      }
    }
    CHECK(plan_.not_run() == expected);
    CHECK(plan_.finished() + expected.size() == plan_.planned());
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

  bool is_work(State state) const {
    return state == State::out || (!cancelled_ && (state == State::ready || state == State::waiting));
  }

  bool is_free(const TaskRules& rules) const {
    return !rules.serial && rules.threads <= 1 && (rules.group == no_group || limits_.group_limits[rules.group] == 0);
  }

  bool no_earlier_is_fresh(TaskIndex task) const {
    return std::none_of(books_.begin(), books_.begin() + task, [&](const Entry& entry) {
      return entry.fresh && entry.state == State::ready && is_free(entry.rules) &&
             entry.rules.lane == books_[task].rules.lane;
    });
  }

  bool only_serial_left() const {
    return std::all_of(books_.begin(), books_.end(), [](const Entry& entry) {
      return entry.rules.serial || entry.state == State::finished || entry.state == State::abandoned;
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
};

}  // namespace

TEST_CASE("plan: under random use no constraint is broken, nothing gets stuck, and each task ends once") {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    Model(seed).run();
  }
}
