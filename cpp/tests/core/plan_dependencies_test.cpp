// The plan, step by step: tasks that wait for others, and those that are not run since one that they need has failed.
#include <doctest/doctest.h>

#include <stdexcept>

#include "core/plan.h"
#include "plan_steps.h"

using namespace pyharness;

namespace {

constexpr auto after = Dependency::Kind::after;
constexpr auto needs = Dependency::Kind::needs;

using Pairs = std::vector<std::pair<TaskIndex, TaskIndex>>;

Plan plan_with(const std::vector<TaskRules>& rules, std::vector<Dependency> dependencies, Plan::Limits limits = {}) {
  std::vector<std::uint32_t> rules_of(rules.size());
  std::iota(rules_of.begin(), rules_of.end(), 0U);
  return {rules, rules_of, std::move(limits), std::move(dependencies)};
}

// Tasks that are not run, each with the one that it needs.
Pairs unmet(Plan& plan) {
  Pairs pairs;
  for (const auto& [task, needed] : plan.take_unmet()) {
    pairs.emplace_back(task, needed);
  }
  return pairs;
}

}  // namespace

TEST_CASE("plan: what comes after a task waits for its end, whatever that is") {
  for (const Outcome outcome : {Outcome::pass, Outcome::skip, Outcome::crash}) {
    Plan plan = plan_with(free_tasks(3), {{0, 2, after}, {1, 2, after}});
    CHECK(take(plan) == Tasks{2});
    CHECK(take(plan).empty());
    finish(plan, 2, outcome);
    CHECK(take(plan) == Tasks{0, 1});
  }
}

TEST_CASE("plan: what waits for a task waits for its retries, too") {
  Plan plan = plan_with({{.retries = 1}, {}}, {{1, 0, needs}});
  take(plan);
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0);
  CHECK(unmet(plan).empty());
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: a skip is good enough for what needs the task, unless an attempt before has failed") {
  Plan plan = plan_with({{.retries = 1}, {.retries = 1}, {}, {}}, {{2, 0, needs}, {3, 1, needs}});
  CHECK(take(plan) == Tasks{0, 1});
  finish(plan, 0, Outcome::skip);
  CHECK(take(plan) == Tasks{2});
  finish(plan, 1, Outcome::fail);
  CHECK(take(plan) == Tasks{1});
  finish(plan, 1, Outcome::skip);
  CHECK(unmet(plan) == Pairs{{3, 1}});
}

TEST_CASE("plan: a task whose need has failed is not run, and the plan says why") {
  for (const Outcome outcome : {Outcome::fail, Outcome::crash, Outcome::timeout, Outcome::error}) {
    Plan plan = plan_with(free_tasks(2), {{1, 0, needs}});
    take(plan);
    finish(plan, 0, outcome);
    CHECK(unmet(plan) == Pairs{{1, 0}});
    CHECK(unmet(plan).empty());
    CHECK(plan.done());
    CHECK(plan.not_run().empty());
    CHECK_FALSE(plan.is_finished(1));
    CHECK_FALSE(plan.has_work(0));
  }
}

TEST_CASE("plan: what needs a task that is not run is not run either") {
  Plan plan = plan_with(free_tasks(4), {{3, 2, needs}, {2, 1, needs}, {1, 0, needs}});
  take(plan);
  finish(plan, 0, Outcome::fail);
  CHECK(unmet(plan) == Pairs{{1, 0}, {2, 1}, {3, 2}});
  CHECK(plan.done());
}

TEST_CASE("plan: a cleanup runs after the users of a fixture that were not run") {
  Plan plan = plan_with(free_tasks(4), {{1, 0, needs}, {2, 0, needs}, {3, 1, after}, {3, 2, after}});
  take(plan);
  finish(plan, 0, Outcome::crash);
  CHECK(unmet(plan) == Pairs{{1, 0}, {2, 0}});
  CHECK(take(plan) == Tasks{3});
  finish(plan, 3);
  CHECK(plan.done());
  CHECK(plan.finished() == 2);
}

TEST_CASE("plan: a task that cannot run ends only when all that it waits for has ended") {
  Plan plan = plan_with(free_tasks(4), {{2, 0, needs}, {2, 1, needs}, {3, 2, after}});
  take(plan);
  finish(plan, 0, Outcome::fail);
  CHECK(unmet(plan).empty());
  CHECK(take(plan).empty());
  finish(plan, 1);
  CHECK(unmet(plan) == Pairs{{2, 0}});
  CHECK(take(plan) == Tasks{3});
}

TEST_CASE("plan: an abandoned task has ended without having passed") {
  Plan plan = plan_with(free_tasks(3), {{1, 0, needs}, {2, 0, after}});
  take(plan);
  plan.abandon(0);
  CHECK(unmet(plan) == Pairs{{1, 0}});
  CHECK(take(plan) == Tasks{2});
  CHECK(plan.not_run() == Tasks{0, 2});
}

TEST_CASE("plan: dropped are also tasks that wait for others, and those that wait for them go on") {
  Plan plan = plan_with(free_tasks(5), {{1, 0, needs}, {2, 1, needs}, {3, 1, after}, {4, 0, after}});
  CHECK(plan.drop([](TaskIndex task) { return task < 2; }) == Tasks{0, 1});
  CHECK(unmet(plan) == Pairs{{2, 1}});
  CHECK(take(plan) == Tasks{3, 4});
}

TEST_CASE("plan: after a cancel nothing goes on, and what waits has no reason of its own") {
  Plan plan = plan_with(free_tasks(3), {{1, 0, needs}, {2, 0, after}}, {.max_fail = 1});
  take(plan);
  finish(plan, 0, Outcome::fail);
  CHECK(plan.done());
  CHECK(unmet(plan).empty());
  CHECK(plan.not_run() == Tasks{1, 2});
}

TEST_CASE("plan: a serial task does not wait for what waits for it") {
  Plan plan = plan_with({{.serial = true}, {}, {}}, {{1, 0, after}});
  CHECK(take(plan) == Tasks{2});
  finish(plan, 2);
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0);
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: between serial tasks, what one of them has freed goes first") {
  Plan plan = plan_with({{.serial = true}, {.serial = true}, {}}, {{2, 0, after}});
  take(plan);
  finish(plan, 0);
  CHECK(take(plan) == Tasks{2});
  finish(plan, 2);
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: what is freed while a serial task runs waits for its end") {
  Plan plan = plan_with({{.serial = true}, {}, {.serial = true}}, {{1, 2, after}});
  CHECK(take(plan) == Tasks{0});
  plan.drop([](TaskIndex task) { return task == 2; });
  CHECK(take(plan).empty());
  finish(plan, 0);
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: what is freed goes back to its place in plan order, after what is tried again") {
  Plan plan = plan_with(free_tasks(5), {{2, 0, after}, {1, 0, after}});
  CHECK(take(plan, 2) == Tasks{0, 3});
  finish(plan, 0);
  plan.give_back(3);
  CHECK(take(plan) == Tasks{3, 1, 2, 4});
}

TEST_CASE("plan: while tasks wait for others, free ones come in moderate amounts") {
  std::vector<Dependency> dependencies{{999, 0, after}};
  Plan plan({{}}, std::vector<std::uint32_t>(1000, 0), {.workers = 2}, dependencies);
  CHECK(take(plan).size() == 32);
  finish(plan, 0);
  CHECK(take(plan).size() == 1000 - 32);
}

TEST_CASE("plan: a lane has work while something of it waits for others") {
  Plan plan = plan_with({{}, {.lane = 1}}, {{1, 0, needs}});
  CHECK(plan.has_work(1));
  take(plan);
  finish(plan, 0, Outcome::fail);
  CHECK_FALSE(plan.has_work(1));
}

TEST_CASE("plan: dependencies that cannot be are refused") {
  CHECK_THROWS_AS(plan_with(free_tasks(2), {{0, 1, after}, {1, 0, needs}}), std::invalid_argument);
  CHECK_THROWS_AS(plan_with(free_tasks(2), {{0, 2, after}}), std::invalid_argument);
}
