// The plan, step by step.
#include "core/plan.h"

#include <doctest/doctest.h>

#include <stdexcept>

using pyharness::Outcome;
using pyharness::Plan;
using pyharness::TaskIndex;
using Tasks = std::vector<TaskIndex>;

namespace {

std::vector<bool> all_parallel(std::size_t count) { return std::vector<bool>(count, false); }

}  // namespace

TEST_CASE("plan: hands tasks out in plan order, as many as asked for") {
  Plan plan(all_parallel(5), {});
  CHECK(plan.take(2) == Tasks{0, 1});
  CHECK(plan.take(0).empty());
  CHECK(plan.take(10) == Tasks{2, 3, 4});
  CHECK(plan.take(10).empty());
  CHECK(plan.handed_out() == 5);
}

TEST_CASE("plan: serial tasks come last, and one at a time") {
  Plan plan({true, false, true, false}, {});
  CHECK(plan.take(10) == Tasks{1, 3});
  plan.finish(1, Outcome::pass);
  CHECK(plan.take(10).empty());
  plan.finish(3, Outcome::pass);
  CHECK(plan.take(10) == Tasks{0});
  CHECK(plan.take(10).empty());
  plan.finish(0, Outcome::fail);
  CHECK(plan.take(10) == Tasks{2});
  plan.finish(2, Outcome::pass);
  CHECK(plan.done());
  CHECK(plan.not_run().empty());
}

TEST_CASE("plan: is done when everything has finished, not before") {
  Plan plan(all_parallel(1), {});
  CHECK_FALSE(plan.done());
  plan.take(1);
  CHECK_FALSE(plan.done());
  plan.finish(0, Outcome::pass);
  CHECK(plan.done());
  CHECK(plan.is_finished(0));
  CHECK(plan.finished() == 1);
}

TEST_CASE("plan: an empty plan is done") {
  CHECK(Plan().done());
  CHECK(Plan({}, {}).done());
  CHECK(Plan({}, {}).not_run().empty());
}

TEST_CASE("plan: max_fail stops handing out; what is handed out may still finish") {
  Plan plan(all_parallel(6), {2});
  plan.take(4);
  plan.finish(0, Outcome::fail);
  CHECK_FALSE(plan.cancelled());
  plan.finish(1, Outcome::skip);
  CHECK_FALSE(plan.cancelled());
  plan.finish(2, Outcome::timeout);
  CHECK(plan.cancelled());
  CHECK(plan.take(10).empty());
  CHECK_FALSE(plan.done());
  plan.finish(3, Outcome::fail);
  CHECK(plan.done());
  CHECK(plan.not_run() == Tasks{4, 5});
}

TEST_CASE("plan: crash, timeout and error count as failures; skip and pass do not") {
  for (const Outcome outcome : {Outcome::fail, Outcome::crash, Outcome::timeout, Outcome::error}) {
    Plan plan(all_parallel(2), {1});
    plan.take(1);
    plan.finish(0, outcome);
    CHECK(plan.cancelled());
  }
  for (const Outcome outcome : {Outcome::pass, Outcome::skip}) {
    Plan plan(all_parallel(2), {1});
    plan.take(1);
    plan.finish(0, outcome);
    CHECK_FALSE(plan.cancelled());
  }
}

TEST_CASE("plan: what is given back is handed out again, before new tasks") {
  Plan plan(all_parallel(4), {});
  plan.take(2);
  plan.give_back(1);
  CHECK_FALSE(plan.is_handed_out(1));
  CHECK(plan.take(2) == Tasks{1, 2});
}

TEST_CASE("plan: a serial task that is given back still runs alone") {
  Plan plan({true, false, true}, {});
  plan.take(1);
  plan.finish(1, Outcome::pass);
  CHECK(plan.take(9) == Tasks{0});
  plan.give_back(0);
  CHECK_FALSE(plan.done());
  CHECK(plan.take(9) == Tasks{0});
  CHECK(plan.take(9).empty());
}

TEST_CASE("plan: a parallel task given back beside a serial one waits for it") {
  Plan plan({false, false, true}, {});
  plan.take(2);
  plan.finish(0, Outcome::pass);
  plan.give_back(1);
  CHECK(plan.take(9) == Tasks{1});
  plan.finish(1, Outcome::pass);
  CHECK(plan.take(9) == Tasks{2});
}

TEST_CASE("plan: abandoned tasks count as not run; others are left as they are") {
  Plan plan(all_parallel(3), {});
  plan.take(2);
  plan.finish(0, Outcome::pass);
  plan.abandon(0);
  plan.abandon(1);
  plan.abandon(2);
  CHECK(plan.is_finished(0));
  CHECK(plan.handed_out() == 0);
  CHECK(plan.take(9) == Tasks{2});
  plan.cancel();
  plan.finish(2, Outcome::pass);
  CHECK(plan.done());
  CHECK(plan.not_run() == Tasks{1});
}

TEST_CASE("plan: a serial task that is abandoned makes way for the next") {
  Plan plan({true, true}, {});
  CHECK(plan.take(1) == Tasks{0});
  plan.abandon(0);
  CHECK(plan.take(1) == Tasks{1});
}

TEST_CASE("plan: finishing or giving back what was not handed out is an error") {
  Plan plan(all_parallel(2), {});
  CHECK_THROWS_AS(plan.finish(0, Outcome::pass), std::logic_error);
  CHECK_THROWS_AS(plan.give_back(0), std::logic_error);
  plan.take(1);
  plan.finish(0, Outcome::pass);
  CHECK_THROWS_AS(plan.finish(0, Outcome::pass), std::logic_error);
  CHECK_THROWS_AS(plan.finish(7, Outcome::pass), std::exception);
  CHECK(plan.finished() == 1);
}
