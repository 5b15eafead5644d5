// The plan, step by step: order, lanes, the end of tasks and of the run.
#include "core/plan.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "plan_steps.h"

using namespace pyharness;

TEST_CASE("plan: hands tasks out in plan order, as many as asked for") {
  Plan plan = plan_of(free_tasks(5));
  CHECK(take(plan, 2) == Tasks{0, 1});
  CHECK(take(plan, 0).empty());
  CHECK(take(plan, 10) == Tasks{2, 3, 4});
  CHECK(take(plan, 10).empty());
  CHECK(plan.handed_out() == 5);
}

TEST_CASE("plan: free tasks come in plan order whatever retries they have, and in any number") {
  Plan plan({{.retries = 1}, {}}, std::vector<std::uint32_t>(1000, 0), {});
  CHECK(take(plan).size() == 1000);
  plan = Plan({{.retries = 1}, {}}, {0, 1, 1, 0, 1}, {});
  CHECK(take(plan) == Tasks{0, 1, 2, 3, 4});
}

TEST_CASE("plan: is done when everything has finished, not before") {
  Plan plan = plan_of(free_tasks(1));
  CHECK_FALSE(plan.done());
  take(plan);
  CHECK_FALSE(plan.done());
  CHECK(finish(plan, 0) == Ending::final);
  CHECK(plan.done());
  CHECK(plan.is_finished(0));
  CHECK(plan.finished() == 1);
}

TEST_CASE("plan: an empty plan is done") {
  CHECK(Plan().done());
  CHECK(plan_of({}).done());
  CHECK(plan_of({}).not_run().empty());
  CHECK_FALSE(Plan().has_work(0));
  CHECK(Plan().next_ready_ns() == UINT64_MAX);
}

TEST_CASE("plan: each lane hands out its own tasks") {
  Plan plan = plan_of({{.lane = 2}, {}, {.lane = 2}, {.lane = 1}});
  CHECK(take(plan, all, 2) == Tasks{0, 2});
  CHECK(take(plan, all, 0) == Tasks{1});
  CHECK(take(plan, all, 1) == Tasks{3});
}

TEST_CASE("plan: a lane has work while something of it is ready, handed out or waiting") {
  Plan plan = plan_of({{.lane = 1, .retries = 1}});
  CHECK_FALSE(plan.has_work(0));
  CHECK(plan.has_work(1));
  take(plan, all, 1);
  CHECK(plan.has_work(1));
  finish(plan, 0, Outcome::fail);
  CHECK(plan.has_work(1));
  take(plan, all, 1);
  finish(plan, 0);
  CHECK_FALSE(plan.has_work(1));
}

TEST_CASE("plan: after cancel, a lane has only the work that is handed out") {
  Plan plan = plan_of({{}, {.lane = 1}});
  take(plan);
  plan.cancel();
  CHECK(plan.has_work(0));
  CHECK_FALSE(plan.has_work(1));
}

TEST_CASE("plan: a lane, a group and rules that do not exist are refused") {
  CHECK_THROWS_AS(plan_of({{.lane = lane_count}}), std::out_of_range);
  CHECK_THROWS_AS(plan_of({{.groups = {1}}}, {.group_limits = {5}}), std::out_of_range);
  CHECK_THROWS_AS(Plan({{}}, {0, 1}, {}), std::out_of_range);
  Plan plan = plan_of(free_tasks(1));
  CHECK_THROWS_AS(take(plan, all, lane_count), std::out_of_range);
}

TEST_CASE("plan: max_fail stops handing out; what is handed out may still finish") {
  Plan plan = plan_of(free_tasks(6), {.max_fail = 2});
  take(plan, 4);
  finish(plan, 0, Outcome::fail);
  CHECK_FALSE(plan.cancelled());
  finish(plan, 1, Outcome::skip);
  CHECK_FALSE(plan.cancelled());
  finish(plan, 2, Outcome::timeout);
  CHECK(plan.cancelled());
  CHECK(take(plan).empty());
  CHECK_FALSE(plan.done());
  finish(plan, 3, Outcome::fail);
  CHECK(plan.done());
  CHECK(plan.not_run() == Tasks{4, 5});
}

TEST_CASE("plan: crash, timeout and error count as failures; skip and pass do not") {
  for (const Outcome outcome : {Outcome::fail, Outcome::crash, Outcome::timeout, Outcome::error}) {
    Plan plan = plan_of(free_tasks(2), {.max_fail = 1});
    take(plan, 1);
    finish(plan, 0, outcome);
    CHECK(plan.cancelled());
  }
  for (const Outcome outcome : {Outcome::pass, Outcome::skip}) {
    Plan plan = plan_of(free_tasks(2), {.max_fail = 1});
    take(plan, 1);
    finish(plan, 0, outcome);
    CHECK_FALSE(plan.cancelled());
  }
}

TEST_CASE("plan: max_fail counts only failures that are final") {
  Plan plan = plan_of({{.retries = 1}, {}}, {.max_fail = 1});
  take(plan, 1);
  finish(plan, 0, Outcome::fail);
  CHECK_FALSE(plan.cancelled());
  take(plan, 1);
  finish(plan, 0, Outcome::fail);
  CHECK(plan.cancelled());
}

TEST_CASE("plan: after cancel nothing is tried again") {
  Plan plan({{.retries = 5, .backoff = {.delay_ns = 10}}}, {0, 0}, {});
  take(plan);
  finish(plan, 0, Outcome::fail);
  plan.cancel();
  CHECK(plan.next_ready_ns() == UINT64_MAX);
  CHECK(plan.take(0, all, 10).empty());
  CHECK(plan.is_last_attempt(1));
  CHECK(finish(plan, 1, Outcome::fail) == Ending::final);
  CHECK(plan.done());
  CHECK(plan.not_run() == Tasks{0});
  CHECK(plan.failed_before(0));
}

TEST_CASE("plan: what is given back is handed out again, before new tasks, as the same attempt") {
  Plan plan({{.retries = 1}}, {0, 0, 0, 0}, {});
  take(plan, 3);
  plan.give_back(2);
  plan.give_back(1);
  CHECK_FALSE(plan.is_handed_out(1));
  CHECK(take(plan, 3) == Tasks{2, 1, 3});
  CHECK(plan.attempt(1) == 1);
}

TEST_CASE("plan: a task given back to another lane stays there") {
  Plan plan = plan_of({{.retries = 1}});
  take(plan);
  plan.give_back(0, 1);
  CHECK_FALSE(plan.has_work(0));
  CHECK(plan.has_work(1));
  CHECK(take(plan).empty());
  CHECK(take(plan, all, 1) == Tasks{0});
  finish(plan, 0, Outcome::crash);
  CHECK(take(plan).empty());
  CHECK(take(plan, all, 1) == Tasks{0});
}

TEST_CASE("plan: giving back to a lane that does not exist changes nothing") {
  Plan plan = plan_of(free_tasks(1));
  take(plan);
  CHECK_THROWS_AS(plan.give_back(0, lane_count), std::out_of_range);
  CHECK(plan.is_handed_out(0));
  CHECK(plan.handed_out() == 1);
}

TEST_CASE("plan: abandoned tasks count as not run; others are left as they are") {
  Plan plan = plan_of(free_tasks(3));
  take(plan, 2);
  finish(plan, 0);
  plan.abandon(0);
  plan.abandon(1);
  plan.abandon(2);
  CHECK(plan.is_finished(0));
  CHECK(plan.handed_out() == 0);
  CHECK(take(plan) == Tasks{2});
  plan.cancel();
  finish(plan, 2);
  CHECK(plan.done());
  CHECK(plan.not_run() == Tasks{1});
}

TEST_CASE("plan: a serial task that is abandoned makes way for the next") {
  Plan plan = plan_of({{.serial = true}, {.serial = true}});
  CHECK(take(plan) == Tasks{0});
  plan.abandon(0);
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: dropped are the tasks that are ready or wait, and not what is handed out") {
  Plan plan({{.retries = 1, .backoff = {.delay_ns = 10}}}, {0, 0, 0, 0, 0}, {});
  take(plan, 4);
  finish(plan, 0, Outcome::fail);
  finish(plan, 1);
  plan.give_back(2);
  CHECK(plan.drop([](TaskIndex task) { return task < 4; }) == Tasks{0, 2});
  CHECK(plan.is_finished(0));
  CHECK(plan.next_ready_ns() == UINT64_MAX);
  CHECK(plan.take(0, all, 10) == Tasks{4});
  finish(plan, 3);
  finish(plan, 4);
  CHECK(plan.done());
  CHECK(plan.finished() == 5);
}

TEST_CASE("plan: dropped tasks no longer hold back those with constraints") {
  Plan plan({{}, {.serial = true}, {.threads = 2}}, {0, 1, 2, 0}, {.workers = 2});
  CHECK(plan.drop([](TaskIndex task) { return task != 1; }) == Tasks{0, 2, 3});
  CHECK(take(plan) == Tasks{1});
}

TEST_CASE("plan: dropped tasks count as failures") {
  Plan plan = plan_of(free_tasks(4), {.max_fail = 2});
  CHECK(plan.drop([](TaskIndex task) { return task < 3; }) == Tasks{0, 1, 2});
  CHECK(plan.cancelled());
  CHECK(plan.not_run() == Tasks{3});
}

TEST_CASE("plan: finishing or giving back what was not handed out is an error") {
  Plan plan = plan_of(free_tasks(2));
  CHECK_THROWS_AS(finish(plan, 0), std::logic_error);
  CHECK_THROWS_AS(plan.give_back(0), std::logic_error);
  CHECK_THROWS_AS(plan.give_back(0, 1), std::logic_error);
  take(plan, 1);
  finish(plan, 0);
  CHECK_THROWS_AS(finish(plan, 0), std::logic_error);
  CHECK_THROWS_AS(finish(plan, 7), std::exception);
  CHECK(plan.finished() == 1);
}
