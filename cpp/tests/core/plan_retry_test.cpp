// The plan, step by step: what is tried again, and when.
#include <doctest/doctest.h>

#include "core/plan.h"
#include "plan_steps.h"

using namespace pyharness;

TEST_CASE("plan: a failure is tried again, as often as the task has retries") {
  Plan plan = plan_of({{.retries = 2}});
  for (const std::uint32_t attempt : {1U, 2U, 3U}) {
    CHECK(take(plan) == Tasks{0});
    CHECK(plan.attempt(0) == attempt);
    CHECK(plan.failed_before(0) == (attempt > 1));
    CHECK(plan.is_last_attempt(0) == (attempt == 3));
    CHECK(finish(plan, 0, Outcome::crash) == (attempt == 3 ? Ending::final : Ending::retry));
  }
  CHECK(plan.done());
  CHECK(plan.attempt(0) == 3);
}

TEST_CASE("plan: what passes or is skipped is not tried again") {
  for (const Outcome outcome : {Outcome::pass, Outcome::skip}) {
    Plan plan = plan_of({{.retries = 1}});
    take(plan);
    CHECK(finish(plan, 0, outcome) == Ending::final);
    CHECK(plan.done());
  }
}

TEST_CASE("plan: a failure for which a retry is forbidden is final") {
  Plan plan = plan_of({{.retries = 5}});
  take(plan);
  CHECK(plan.finish(0, Outcome::fail, Retry::forbidden, 0) == Ending::final);
  CHECK(plan.is_finished(0));
  CHECK(plan.done());
}

TEST_CASE("plan: a retry waits for its time, and the plan says when that is") {
  Plan plan = plan_of({{.retries = 3, .backoff = {.delay_ns = 100, .exponential = true, .longest_ns = 250}}});
  for (const std::uint64_t wait : {100U, 200U, 250U}) {
    CHECK(plan.take(0, all, 1000) == Tasks{0});
    CHECK(plan.next_ready_ns() == UINT64_MAX);
    CHECK(plan.not_before_ns(0) == 0);
    finish(plan, 0, Outcome::fail, 1000 - wait);
    CHECK(plan.not_before_ns(0) == 1000);
    CHECK(plan.next_ready_ns() == 1000);
    CHECK_FALSE(plan.done());
    CHECK(plan.handed_out() == 0);
    CHECK(plan.take(0, all, 999).empty());
  }
}

TEST_CASE("plan: the first of several retries to become ready is named, and they come in that order") {
  Plan plan = plan_of({{.retries = 1, .backoff = {.delay_ns = 30}},
                       {.retries = 1, .backoff = {.delay_ns = 10}},
                       {.retries = 1, .backoff = {.delay_ns = 20}}});
  for (const TaskIndex task : take(plan)) {
    finish(plan, task, Outcome::fail);
  }
  CHECK(plan.next_ready_ns() == 10);
  CHECK(plan.take(0, all, 25) == Tasks{1, 2});
  CHECK(plan.next_ready_ns() == 30);
}

TEST_CASE("plan: dropping a waiting retry leaves the others in their order") {
  std::vector<TaskRules> rules;
  for (const std::uint64_t delay : {1U, 5U, 2U, 6U, 7U}) {
    rules.push_back({.retries = 1, .backoff = {.delay_ns = delay}});
  }
  Plan plan = plan_of(rules);
  for (const TaskIndex task : take(plan)) {
    finish(plan, task, Outcome::fail);
  }
  plan.drop([](TaskIndex task) { return task == 0; });
  CHECK(plan.next_ready_ns() == 2);
  CHECK(plan.take(0, all, 7) == Tasks{2, 1, 3, 4});
}

TEST_CASE("plan: a retry whose time has come goes before new tasks") {
  Plan plan({{.retries = 1}}, {0, 0, 0}, {});
  take(plan, 1);
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan, 2) == Tasks{0, 1});
}

TEST_CASE("plan: a wait beyond the end of time is not mistaken for none") {
  Plan plan = plan_of({{.retries = 1, .backoff = {.delay_ns = UINT64_MAX}}});
  take(plan);
  finish(plan, 0, Outcome::fail, 1000);
  CHECK(plan.next_ready_ns() == UINT64_MAX - 1);
}

TEST_CASE("plan: jitter comes from the seed: other seeds and tasks wait otherwise, the same ones the same") {
  const auto waits = [](std::uint64_t seed) {
    const TaskRules rules{.retries = 1, .backoff = {.delay_ns = 1'000'000'000, .jitter = true}};
    Plan plan = plan_of({rules, rules}, {.seed = seed});
    std::vector<std::uint64_t> times;
    for (const TaskIndex task : take(plan)) {
      finish(plan, task, Outcome::fail);
      times.push_back(plan.not_before_ns(task));
    }
    return times;
  };
  CHECK(waits(1) == waits(1));
  CHECK(waits(1) != waits(2));
  CHECK(waits(1)[0] != waits(1)[1]);
}
