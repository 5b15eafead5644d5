// The plan of a run that gets more tasks while it is under way.
#include <doctest/doctest.h>

#include <stdexcept>

#include "plan_steps.h"

using namespace pyharness;

namespace {

void add(Plan& plan, const std::vector<TaskRules>& rules) {
  std::vector<std::uint32_t> rules_of(rules.size());
  std::iota(rules_of.begin(), rules_of.end(), 0U);
  plan.add(rules, rules_of);
}

}  // namespace

TEST_CASE("plan: added tasks come behind those that there are, and are waited for") {
  Plan plan = plan_of(free_tasks(2));
  CHECK(take(plan, 1) == Tasks{0});
  add(plan, free_tasks(2));
  CHECK(plan.planned() == 4);
  CHECK(take(plan) == Tasks{1, 2, 3});
  for (TaskIndex task = 0; task < 3; ++task) {
    finish(plan, task);
  }
  CHECK_FALSE(plan.done());
  finish(plan, 3);
  CHECK(plan.done());
}

TEST_CASE("plan: a plan that was done has work again") {
  Plan plan = plan_of({});
  CHECK(plan.done());
  add(plan, {{.lane = 1}});
  CHECK(plan.has_work(1));
  CHECK_FALSE(plan.done());
  CHECK(take(plan, all, 1) == Tasks{0});
}

TEST_CASE("plan: added constraints hold, beside those of tasks that run") {
  Plan plan = plan_of({{.groups = {0}}, {}}, {.workers = 4, .group_limits = {1, 1}});
  CHECK(take(plan) == Tasks{0, 1});
  add(plan, {{.groups = {0}}, {.groups = {1}}, {.threads = 3}, {.serial = true}});
  CHECK(take(plan).empty());  // the heavy one comes first, and waits for places
  finish(plan, 0);
  CHECK(take(plan) == Tasks{4});
  finish(plan, 1);
  CHECK(take(plan) == Tasks{2});
  finish(plan, 2);
  CHECK(take(plan) == Tasks{3});
  finish(plan, 3);
  CHECK(take(plan).empty());
  finish(plan, 4);
  CHECK(take(plan) == Tasks{5});
  finish(plan, 5);
  CHECK(plan.done());
}

TEST_CASE("plan: a task that is tried again comes before added ones") {
  Plan plan = plan_of({{.retries = 1}});
  take(plan);
  CHECK(finish(plan, 0, Outcome::fail) == Ending::retry);
  add(plan, {{.retries = 1}});
  CHECK(take(plan) == Tasks{0, 1});
  CHECK(finish(plan, 1, Outcome::fail) == Ending::retry);
}

TEST_CASE("plan: added tasks wait for none, and have priority 0") {
  Plan plan({{}}, {0, 0, 0}, {}, {{1, 0}}, {-1, 0, 2});
  add(plan, free_tasks(1));
  CHECK(take(plan) == Tasks{2, 3, 0});
  finish(plan, 3);
  finish(plan, 0);
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: what is added to a cancelled plan is not run") {
  Plan plan = plan_of(free_tasks(1));
  plan.cancel();
  add(plan, free_tasks(1));
  CHECK(take(plan).empty());
  CHECK(plan.done());
  CHECK(plan.not_run() == Tasks{0, 1});
}

TEST_CASE("plan: refuses rules that make no sense, when they are added too") {
  Plan plan = plan_of(free_tasks(1));
  CHECK_THROWS_AS(add(plan, {{.lane = lane_count}}), std::out_of_range);
  CHECK_THROWS_AS(add(plan, {{.groups = {0}}}), std::out_of_range);
}
