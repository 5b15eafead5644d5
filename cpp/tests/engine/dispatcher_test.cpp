// Between plan and table, with a worker played by the test.
#include "engine/dispatcher.h"

#include <doctest/doctest.h>

#include "pyharness/suite.h"
#include "support/dispatcher_stage.h"

using namespace pyharness;
using test::Stage;
using Tasks = std::vector<TaskIndex>;

TEST_CASE("dispatcher: publishes what the plan hands out, and tells records which case they are") {
  Stage stage(30, 1);
  CHECK((stage.shared.table.record(29).library == 3 && stage.shared.table.record(29).index == 5));
  stage.dispatcher.publish();
  CHECK(stage.shared.table.header().lanes[0].published.load() == 30);
  CHECK(stage.dispatcher.plan().handed_out() == 30);
  stage.dispatcher.publish();
  CHECK(stage.shared.table.header().lanes[0].published.load() == 30);
}

TEST_CASE("dispatcher: results come in the order in which they ended, whichever worker they are from") {
  Stage stage(4, 2);
  stage.dispatcher.publish();
  stage.run(0, 0, Outcome::pass, 10);
  stage.run(1, 1, Outcome::skip, 5);
  stage.run(0, 2, Outcome::pass, 30);
  stage.run(1, 3, Outcome::fail, 20);
  Batch batch;
  stage.dispatcher.fetch(batch);
  CHECK(batch.finished.tasks == Tasks{1, 0, 3, 2});
  CHECK(batch.finished.outcomes == std::vector<std::uint8_t>{3, 1, 2, 1});
  CHECK(batch.finished.workers == std::vector<std::uint8_t>{1, 0, 1, 0});
  CHECK(batch.finished.captures == std::vector<std::uint32_t>{101, 100, 101, 100});
  CHECK(batch.finished.starts_ns == std::vector<std::uint64_t>{5, 10, 20, 30});
  CHECK(stage.dispatcher.plan().done());
  CHECK(stage.dispatcher.last_finished_in(0) == 2);
  CHECK(stage.shared.table.slot(1).fetched.load() == 2);
  Batch again;
  stage.dispatcher.fetch(again);
  CHECK(again.finished.tasks.empty());
}

TEST_CASE("dispatcher: a start is told once, and only while its end is not known") {
  Stage stage(3, 1);
  stage.dispatcher.publish();
  stage.run(0, 0, Outcome::pass);
  stage.begin(0, 1);
  Batch first;
  stage.dispatcher.fetch(first);
  REQUIRE(first.started.size() == 1);
  CHECK(first.started[0].task == 1);
  CHECK(first.running.size() == 1);
  Batch second;
  stage.dispatcher.fetch(second);
  CHECK(second.started.empty());
  CHECK(second.running.size() == 1);
  stage.end(0, 1, Outcome::pass);
  Batch third;
  stage.dispatcher.fetch(third);
  CHECK((third.started.empty() && third.running.empty()));
  CHECK(third.finished.tasks == Tasks{1});
}

TEST_CASE("dispatcher: reports come with the attempt that made them") {
  Stage stage(2, 1);
  stage.dispatcher.publish();
  stage.begin(0, 0);
  stage.log.append(PYHARNESS_REPORT_FAILURE, "a.cpp", 1, "one");
  stage.end(0, 0, Outcome::fail);
  stage.begin(0, 1);
  stage.log.append(PYHARNESS_REPORT_FAILURE, "a.cpp", 2, "two");
  stage.log.append(PYHARNESS_REPORT_SKIP, "a.cpp", 3, "three");
  stage.end(0, 1, Outcome::fail);
  Batch batch;
  stage.dispatcher.fetch(batch);
  REQUIRE(batch.reports.size() == 3);
  CHECK((batch.reports[0].task == 0 && batch.reports[0].report.message == "one"));
  CHECK((batch.reports[2].task == 1 && batch.reports[2].report.line == 3));
}

TEST_CASE("dispatcher: settling ends a task that its worker will not end, with what it reported so far") {
  Stage stage(1, 1);
  stage.dispatcher.publish();
  stage.begin(0, 0);
  stage.log.append(PYHARNESS_REPORT_FAILURE, "a.cpp", 1, "before hanging");
  Batch batch;
  stage.dispatcher.settle(0, stage.dispatcher.running_in(0), Outcome::timeout, Plan::Retry::allowed, batch);
  CHECK(batch.finished.tasks == Tasks{0});
  CHECK(batch.finished.outcomes == std::vector<std::uint8_t>{static_cast<std::uint8_t>(Outcome::timeout)});
  CHECK((batch.finished.output_begins[0] == 1000 && batch.finished.output_ends[0] == Stage::output_size));
  REQUIRE(batch.reports.size() == 1);
  CHECK(batch.reports[0].report.message == "before hanging");
  CHECK(stage.dispatcher.plan().done());
  Batch after;
  stage.dispatcher.fetch(after);
  CHECK(after.running.empty());
}

TEST_CASE("dispatcher: once the plan is cancelled, by max_fail too, the workers are stopped") {
  Stage stage(100, 1, 1);
  stage.dispatcher.publish();
  stage.run(0, 0, Outcome::fail);
  Batch batch;
  stage.dispatcher.fetch(batch);
  stage.dispatcher.publish();
  CHECK(stage.shared.table.header().stop.load() == Stop::soon);
  CHECK(stage.dispatcher.plan().not_run().size() == 99);
}

TEST_CASE("dispatcher: what a dead host had claimed is published again") {
  Stage stage(40, 1, 0, 2);
  stage.dispatcher.publish();
  WorkQueue::Worker dead(stage.shared.table, 1);
  REQUIRE(dead.try_next() == 0U);
  stage.dispatcher.reclaim(1);
  CHECK(stage.dispatcher.plan().handed_out() == 40 - (claim_batch - 1));
  stage.dispatcher.publish();
  CHECK(stage.dispatcher.plan().handed_out() == 40);
  CHECK(stage.shared.table.header().lanes[0].published.load() == 40 + claim_batch - 1);
}

TEST_CASE("dispatcher: tasks that were lost in a claim are given back") {
  Stage stage(5, 1);
  stage.dispatcher.publish();
  stage.run(0, 0, Outcome::pass);
  Batch batch;
  stage.dispatcher.fetch(batch);
  stage.dispatcher.give_back_lost();
  CHECK(stage.dispatcher.plan().handed_out() == 0);
  CHECK(stage.dispatcher.plan().is_finished(0));
  stage.dispatcher.publish();
  CHECK(stage.dispatcher.plan().handed_out() == 4);
}
