// The plan under random use: whatever happens, every task finishes exactly once, and nothing runs beside a serial one.
#include <doctest/doctest.h>

#include <random>
#include <set>

#include "core/plan.h"

using pyharness::Outcome;
using pyharness::Plan;
using pyharness::TaskIndex;

namespace {

// Takes, finishes and gives back at random, and keeps the books that the plan should agree with.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    serial_.resize(below(60));
    for (std::size_t task = 0; task < serial_.size(); ++task) {
      serial_[task] = below(5) == 0;
    }
    plan_ = Plan(serial_, {});
    ends_.resize(serial_.size());
  }

  void run() {
    for (int steps = 0; !plan_.done(); ++steps) {
      REQUIRE(steps < 100'000);
      below(3) == 0 || running_.empty() ? take() : end_one();
      check();
    }
    for (const int ends : ends_) {
      CHECK(ends == 1);
    }
    CHECK(plan_.finished() == serial_.size());
    CHECK(plan_.not_run().empty());
  }

 private:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

  void take() {
    const std::size_t most = below(8);
    const auto taken = plan_.take(most);
    CHECK(taken.size() <= most);
    for (const TaskIndex task : taken) {
      CHECK(running_.insert(task).second);
    }
  }

  void end_one() {
    auto chosen = running_.begin();
    std::advance(chosen, static_cast<long>(below(running_.size())));
    const TaskIndex task = *chosen;
    running_.erase(chosen);
    if (below(6) == 0) {
      plan_.give_back(task);
    } else {
      plan_.finish(task, below(2) == 0 ? Outcome::pass : Outcome::fail);
      ++ends_[task];
    }
  }

  void check() const {
    CHECK(plan_.handed_out() == running_.size());
    for (const TaskIndex task : running_) {
      CHECK(plan_.is_handed_out(task));
      CHECK((!serial_[task] || running_.size() == 1));
    }
  }

  std::mt19937 random_;
  std::vector<bool> serial_;
  Plan plan_;
  std::set<TaskIndex> running_;
  std::vector<int> ends_;
};

}  // namespace

TEST_CASE("plan: under random use each task finishes exactly once, and serial ones run alone") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Model(seed).run();
  }
}
