// The plan, step by step: priorities, and tasks of several groups.
#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>

#include "core/plan.h"
#include "plan_steps.h"

using namespace pyharness;

namespace {

Plan plan_with(const std::vector<TaskRules>& rules, std::vector<float> priorities, Plan::Limits limits = {},
               std::vector<Dependency> dependencies = {}) {
  std::vector<std::uint32_t> rules_of(rules.size());
  std::iota(rules_of.begin(), rules_of.end(), 0U);
  return {rules, rules_of, std::move(limits), std::move(dependencies), std::move(priorities)};
}

}  // namespace

TEST_CASE("plan: the highest priority comes first; equal ones keep plan order") {
  Plan plan = plan_with(free_tasks(6), {0, 2, -1, 2.5, 2, 0});
  CHECK(take(plan, 2) == Tasks{3, 1});
  CHECK(take(plan) == Tasks{4, 0, 5, 2});
}

TEST_CASE("plan: priority goes before constraints, and these before plan order") {
  Plan plan = plan_with({{}, {.groups = {0}}, {}, {.groups = {0}}}, {1, 0, 0, 1}, {.workers = 9, .group_limits = {5}});
  CHECK(take(plan) == Tasks{3, 0, 1, 2});
}

TEST_CASE("plan: places are kept for a task of several threads from those of lower priority only") {
  Plan plan = plan_with({{}, {.threads = 2}, {}, {}}, {9, 5, 7, 0}, {.workers = 2});
  CHECK(take(plan, 1) == Tasks{0});
  CHECK(take(plan, 1) == Tasks{2});
  CHECK(take(plan).empty());
  finish(plan, 0);
  CHECK(take(plan).empty());
  finish(plan, 2);
  CHECK(take(plan) == Tasks{1});
  finish(plan, 1);
  CHECK(take(plan) == Tasks{3});
}

TEST_CASE("plan: serial tasks come last whatever their priority, and in its order") {
  Plan plan = plan_with({{.serial = true}, {}, {.serial = true}}, {5, 0, 9});
  for (const TaskIndex task : {1U, 2U, 0U}) {
    CHECK(take(plan) == Tasks{task});
    finish(plan, task);
  }
}

TEST_CASE("plan: what is given back or tried again goes first among those of its priority only") {
  Plan plan = plan_with({{.retries = 1}, {.retries = 1}, {.retries = 1}, {.retries = 1}}, {1, 0, 0, 1});
  CHECK(take(plan) == Tasks{0, 3, 1, 2});
  finish(plan, 2, Outcome::fail);
  plan.give_back(1);
  plan.give_back(3);
  CHECK(take(plan, 2) == Tasks{3, 1});  // 1 was ready before the retry was seen to be
  CHECK(take(plan) == Tasks{2});
}

TEST_CASE("plan: what is freed by the end of another comes by its priority") {
  Plan plan = plan_with(free_tasks(4), {9, 1, 2, 1}, {}, {{2, 0, {}}, {3, 0, {}}});
  CHECK(take(plan, 1) == Tasks{0});
  finish(plan, 0);
  CHECK(take(plan) == Tasks{2, 1, 3});
}

TEST_CASE("plan: priorities that are not one finite number for each task are refused") {
  CHECK_THROWS_AS(plan_with(free_tasks(2), {1}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(plan_with(free_tasks(2), {1, std::numeric_limits<float>::quiet_NaN()}),
                       "the priority of task 1 is not a finite number", std::invalid_argument);
  CHECK_THROWS_AS(plan_with(free_tasks(1), {std::numeric_limits<float>::infinity()}), std::invalid_argument);
}

TEST_CASE("plan: a task of several groups starts when all have room, and takes a place in each") {
  Plan plan = plan_of({{.groups = {0}}, {.groups = {1}}, {.groups = {0, 1}}}, {.workers = 9, .group_limits = {1, 1}});
  CHECK(take(plan) == Tasks{2});
  CHECK(take(plan).empty());
  finish(plan, 2);
  CHECK(take(plan) == Tasks{0, 1});
}

TEST_CASE("plan: a group that is named twice is one, and one without a limit is none") {
  Plan plan({{.groups = {0, 0, 1}}, {.groups = {0}}}, {0, 0, 1}, {.workers = 9, .group_limits = {2, 0}});
  CHECK(take(plan) == Tasks{0, 1});
  finish(plan, 0);
  CHECK(take(plan) == Tasks{2});
}

TEST_CASE("plan: a task that waits for one of its groups is not kept waiting by those of the others") {
  const TaskRules both{.groups = {0, 1}, .retries = 1, .backoff = {.delay_ns = 10}};
  Plan plan({both, {.groups = {0}}, {.groups = {1}}}, {0, 1, 1, 2, 2}, {.workers = 9, .group_limits = {1, 1}});
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan) == Tasks{1, 3});
  finish(plan, 1);
  CHECK(plan.take(0, all, 10).empty());  // group 0 is kept free for the retry
  finish(plan, 3);
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0);
  CHECK(take(plan) == Tasks{2, 4});
}

TEST_CASE("plan: groups that are held by one of several do not hold up what needs others") {
  Plan plan({{.groups = {0, 1}}, {.groups = {1, 2}}, {.groups = {2}}}, {0, 1, 2},
            {.workers = 9, .group_limits = {1, 1, 2}});
  CHECK(take(plan) == Tasks{0, 2});
  finish(plan, 0);
  CHECK(take(plan) == Tasks{1});
}
