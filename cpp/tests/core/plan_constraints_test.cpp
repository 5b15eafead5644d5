// The plan, step by step: serial tasks, groups, tasks that count for several workers.
#include <doctest/doctest.h>

#include "core/plan.h"
#include "plan_steps.h"

using namespace pyharness;

TEST_CASE("plan: serial tasks come last, and one at a time") {
  Plan plan = plan_of({{.serial = true}, {}, {.serial = true}, {}});
  CHECK(take(plan, 10) == Tasks{1, 3});
  finish(plan, 1);
  CHECK(take(plan, 10).empty());
  finish(plan, 3);
  CHECK(take(plan, 10) == Tasks{0});
  CHECK(take(plan, 10).empty());
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan, 10) == Tasks{2});
  finish(plan, 2);
  CHECK(plan.done());
  CHECK(plan.not_run().empty());
}

TEST_CASE("plan: a serial task is alone over all lanes") {
  Plan plan = plan_of({{.lane = 0, .serial = true}, {.lane = 1, .serial = true}, {.lane = 2}});
  CHECK(take(plan, all, 0).empty());
  CHECK(take(plan, all, 2) == Tasks{2});
  CHECK(take(plan, all, 0).empty());
  finish(plan, 2);
  CHECK(take(plan, all, 1) == Tasks{1});
  CHECK(take(plan, all, 0).empty());
  finish(plan, 1);
  CHECK(take(plan, all, 0) == Tasks{0});
}

TEST_CASE("plan: a serial task waits for the retries of others") {
  Plan plan = plan_of({{.serial = true}, {.retries = 1, .backoff = {.delay_ns = 100}}});
  CHECK(take(plan) == Tasks{1});
  CHECK(finish(plan, 1, Outcome::fail) == Ending::retry);
  CHECK(take(plan).empty());
  CHECK(plan.take(0, all, 100) == Tasks{1});
  finish(plan, 1);
  CHECK(take(plan) == Tasks{0});
}

TEST_CASE("plan: while a serial task waits for its retry, the other serial ones run") {
  Plan plan = plan_of({{.serial = true, .retries = 1, .backoff = {.delay_ns = 100}}, {.serial = true}});
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan) == Tasks{1});
  CHECK(plan.take(0, all, 100).empty());
  finish(plan, 1);
  CHECK(plan.take(0, all, 100) == Tasks{0});
}

TEST_CASE("plan: a serial task that is given back still runs alone") {
  Plan plan = plan_of({{.serial = true}, {}, {.serial = true}});
  take(plan, 1);
  finish(plan, 1);
  CHECK(take(plan) == Tasks{0});
  plan.give_back(0);
  CHECK_FALSE(plan.done());
  CHECK(take(plan) == Tasks{0});
  CHECK(take(plan).empty());
}

TEST_CASE("plan: a task given back runs before the serial ones") {
  Plan plan = plan_of({{}, {}, {.serial = true}});
  take(plan);
  finish(plan, 0);
  plan.give_back(1);
  CHECK(take(plan) == Tasks{1});
  finish(plan, 1);
  CHECK(take(plan) == Tasks{2});
}

TEST_CASE("plan: a serial task needs neither group nor threads") {
  Plan plan = plan_of({{.serial = true, .threads = 9, .groups = {0}}}, {.workers = 2, .group_limits = {1}});
  CHECK(take(plan) == Tasks{0});
}

TEST_CASE("plan: of a group no more than its limit are handed out, over all lanes") {
  Plan plan =
      plan_of({{.groups = {0}}, {.lane = 1, .groups = {0}}, {.groups = {0}}, {}}, {.workers = 9, .group_limits = {2}});
  CHECK(take(plan, 1) == Tasks{0});
  CHECK(take(plan, all, 1) == Tasks{1});
  CHECK(take(plan) == Tasks{3});
  finish(plan, 3);
  CHECK(take(plan).empty());
  finish(plan, 1);
  CHECK(take(plan) == Tasks{2});
}

TEST_CASE("plan: a waiting retry holds no place in its group") {
  const TaskRules rules{.groups = {0}, .retries = 1, .backoff = {.delay_ns = 100}};
  Plan plan = plan_of({rules, rules}, {.group_limits = {1}});
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan) == Tasks{1});
  CHECK(plan.take(0, all, 100).empty());
}

TEST_CASE("plan: what is given back or abandoned leaves its place in the group") {
  Plan plan = plan_of({{.groups = {0}}, {.lane = 1, .groups = {0}}}, {.group_limits = {1}});
  take(plan);
  plan.give_back(0);
  CHECK(take(plan, all, 1) == Tasks{1});
  plan.abandon(1);
  CHECK(take(plan) == Tasks{0});
}

TEST_CASE("plan: a group without a limit is no constraint") {
  Plan plan({{.groups = {0}}, {}}, {0, 1, 0, 1}, {.group_limits = {0}});
  CHECK(take(plan) == Tasks{0, 1, 2, 3});
}

TEST_CASE("plan: while tasks of a group are left, free ones come in moderate amounts in each lane") {
  std::vector<std::uint32_t> rules_of(1000, 0);
  rules_of[998] = rules_of[999] = 1;
  rules_of[500] = 2;
  Plan plan({{}, {.groups = {0}}, {.lane = 1}}, rules_of, {.workers = 2, .group_limits = {1}});
  Tasks taken = take(plan);
  CHECK(taken.size() == 32);
  CHECK(taken.front() == 998);
  CHECK(take(plan).empty());
  CHECK(take(plan, all, 1) == Tasks{500});
  finish(plan, 998);
  CHECK(take(plan) == Tasks{999});
  finish(plan, 999);
  CHECK(take(plan).size() == 997 - 31);
}

TEST_CASE("plan: the group with the tightest limit is served first") {
  Plan plan({{.groups = {0}}, {.groups = {1}}}, {0, 0, 0, 1}, {.workers = 9, .group_limits = {3, 1}});
  CHECK(take(plan, 2) == Tasks{3, 0});
}

TEST_CASE("plan: beside a task of several threads, only the workers that it leaves are used") {
  Plan plan({{}, {.threads = 3}}, {0, 0, 0, 1, 0}, {.workers = 4});
  CHECK(take(plan) == Tasks{3, 0});
  CHECK(take(plan).empty());
  finish(plan, 0);
  CHECK(take(plan) == Tasks{1});
  finish(plan, 3);
  CHECK(take(plan) == Tasks{2, 4});
}

TEST_CASE("plan: the tasks of several threads and others share the workers over all lanes") {
  Plan plan = plan_of({{.threads = 2}, {.lane = 1}, {.lane = 1}, {.lane = 2, .threads = 2}}, {.workers = 3});
  CHECK(take(plan, all, 0) == Tasks{0});
  CHECK(take(plan, all, 1) == Tasks{1});
  CHECK(take(plan, all, 2).empty());
}

TEST_CASE("plan: more threads than there are workers count as all of them") {
  Plan plan = plan_of({{.threads = 64}, {.threads = 5}, {}}, {.workers = 2});
  for (const TaskIndex task : {0U, 1U, 2U}) {
    CHECK(take(plan) == Tasks{task});
    finish(plan, task);
  }
  CHECK(plan.done());
}

TEST_CASE("plan: with one worker, a task of several threads is alone") {
  Plan plan = plan_of({{}, {.threads = 2}, {}}, {.workers = 1});
  CHECK(take(plan) == Tasks{1});
  CHECK(take(plan).empty());
  finish(plan, 1);
  CHECK(take(plan) == Tasks{0, 2});
}

TEST_CASE("plan: a task of several threads that becomes ready late gets its places before further free tasks") {
  std::vector<std::uint32_t> rules_of(100, 0);
  rules_of[0] = 1;
  Plan plan({{.lane = 1}, {.threads = 3, .retries = 1, .backoff = {.delay_ns = 50}}}, rules_of, {.workers = 4});
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0, Outcome::fail);
  Tasks out = take(plan, all, 1);
  CHECK(out.size() == 64);
  CHECK(plan.take(0, all, 50).empty());
  while (plan.handed_out() > 2) {
    finish(plan, out.back());
    out.pop_back();
    CHECK(take(plan, all, 1).empty());
    CHECK(take(plan, all, 0).empty());
  }
  finish(plan, out.back());
  CHECK(take(plan, all, 1).empty());
  CHECK(take(plan, all, 0) == Tasks{0});
}

TEST_CASE("plan: a task of several threads whose group is full holds nobody back") {
  const TaskRules heavy{.threads = 2, .groups = {0}, .retries = 1, .backoff = {.delay_ns = 50}};
  Plan plan = plan_of({heavy, {.groups = {0}}, {}, {}}, {.workers = 2, .group_limits = {1}});
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0, Outcome::fail);
  CHECK(take(plan, 1) == Tasks{1});
  CHECK(plan.take(0, all, 50) == Tasks{2, 3});
}

TEST_CASE("plan: a plan for no workers is one for a single worker") {
  Plan plan = plan_of({{.threads = 2}, {}}, {.workers = 0});
  CHECK(take(plan) == Tasks{0});
  finish(plan, 0);
  CHECK(take(plan) == Tasks{1});
}
