// Attempts between plan and table: numbers, retries, interruptions, what is dropped, and time that does not count.
#include <doctest/doctest.h>

#include <algorithm>

#include "pyharness/suite.h"
#include "support/dispatcher_stage.h"

using namespace pyharness;
using test::Stage;
using Tasks = std::vector<TaskIndex>;

namespace {

constexpr std::uint32_t thread_lane = lane_of(Isolation::thread);
constexpr std::uint32_t process_lane = lane_of(Isolation::process);
constexpr std::uint64_t hour_ns = 3'600'000'000'000;

TaskRules with_retries(std::uint32_t retries, std::uint64_t delay_ns = 0) {
  TaskRules rules;
  rules.retries = retries;
  rules.backoff.delay_ns = delay_ns;
  return rules;
}

Batch fetched(Stage& stage) {
  Batch batch;
  stage.dispatcher.fetch(batch);
  return batch;
}

}  // namespace

TEST_CASE("attempts: records say which attempt is meant, and whether it is the last") {
  Stage stage(1, 1, 0, 1, with_retries(1));
  const TaskRecord& record = stage.shared.table.record(0);
  stage.dispatcher.publish();
  CHECK((record.load().attempt == 1 && !record.load().last && record.load().phase == TaskPhase::queued));
  stage.run(0, 0, Outcome::fail);
  const Batch first = fetched(stage);
  CHECK(first.finished.attempts == std::vector<std::uint32_t>{1});
  CHECK(first.finished.finals == std::vector<std::uint8_t>{0});
  stage.dispatcher.publish();
  CHECK((record.load().attempt == 2 && record.load().last && record.load().phase == TaskPhase::queued));
  stage.run(0, 0, Outcome::fail);
  const Batch second = fetched(stage);
  CHECK(second.finished.attempts == std::vector<std::uint32_t>{2});
  CHECK(second.finished.finals == std::vector<std::uint8_t>{1});
  CHECK(stage.dispatcher.plan().done());
}

TEST_CASE("attempts: the start of each is told") {
  Stage stage(1, 1, 0, 1, with_retries(1));
  for (std::uint32_t attempt = 1; attempt <= 2; ++attempt) {
    stage.dispatcher.publish();
    stage.begin(0, 0);
    const Batch batch = fetched(stage);
    REQUIRE(batch.started.size() == 1);
    CHECK(batch.started[0].attempt == attempt);
    CHECK(fetched(stage).started.empty());
    stage.end(0, 0, Outcome::fail);
    fetched(stage);
  }
}

TEST_CASE("attempts: a retry that waits is not published, and its wait is told") {
  Stage stage(1, 1, 0, 1, with_retries(1, hour_ns));
  stage.dispatcher.publish();
  stage.run(0, 0, Outcome::fail);
  const std::uint64_t delay_ns = fetched(stage).finished.retry_delays_ns.at(0);
  CHECK((delay_ns > 0 && delay_ns <= hour_ns));
  stage.dispatcher.publish();
  CHECK(stage.shared.table.header().lanes[thread_lane].published.load() == 1);
  CHECK_FALSE(stage.dispatcher.plan().done());
}

TEST_CASE("attempts: settling can forbid the retry; what is settled is not awaited any more") {
  for (const Plan::Retry retry : {Plan::Retry::allowed, Plan::Retry::forbidden}) {
    Stage stage(1, 1, 0, 1, with_retries(1));
    stage.dispatcher.publish();
    stage.begin(0, 0);
    const StartedAttempt attempt = stage.dispatcher.running_in(0);
    CHECK(stage.dispatcher.is_awaited(attempt));
    Batch batch;
    stage.dispatcher.settle(0, attempt, Outcome::crash, retry, batch);
    CHECK(batch.finished.finals.at(0) == (retry == Plan::Retry::forbidden ? 1 : 0));
    stage.dispatcher.publish();
    CHECK_FALSE(stage.dispatcher.is_awaited(attempt));  // though a later attempt of the task may be
    CHECK(stage.dispatcher.plan().done() == (retry == Plan::Retry::forbidden));
  }
}

TEST_CASE("attempts: only final failures stop the workers") {
  Stage stage(2, 1, 1, 1, with_retries(1));
  stage.dispatcher.publish();
  stage.begin(0, 0);
  Batch batch;
  stage.dispatcher.settle(0, stage.dispatcher.running_in(0), Outcome::timeout, Plan::Retry::allowed, batch);
  CHECK(stage.shared.table.header().stop.load() == Stop::none);
  stage.dispatcher.publish();
  stage.begin(0, 0);
  stage.dispatcher.settle(0, stage.dispatcher.running_in(0), Outcome::timeout, Plan::Retry::allowed, batch);
  CHECK(stage.shared.table.header().stop.load() == Stop::soon);
}

TEST_CASE("attempts: one that was interrupted runs again under the same number, in another lane if that is asked for") {
  Stage stage(1, 1, 0, 1, with_retries(1));
  stage.dispatcher.publish();
  stage.begin(0, 0);
  CHECK(fetched(stage).started.size() == 1);
  Batch batch;
  stage.dispatcher.interrupt(0, "its host died", process_lane, batch);
  REQUIRE(batch.interrupted.size() == 1);
  CHECK((batch.interrupted[0].attempt.task == 0 && batch.interrupted[0].attempt.attempt == 1));
  CHECK(batch.interrupted[0].reason == "its host died");
  CHECK(batch.interrupted[0].runs_again);
  CHECK((batch.interrupted[0].capture == 100 && batch.interrupted[0].output_begin == 1000));
  CHECK(batch.interrupted[0].output_end == Stage::output_size);
  CHECK(batch.finished.tasks.empty());
  stage.shared.table.slot(0).current.store(0);
  stage.dispatcher.publish();
  CHECK(stage.shared.table.header().lanes[process_lane].published.load() == 1);
  CHECK(stage.shared.table.record(0).load().attempt == 1);
  const std::uint32_t slot = stage.shared.add_host(Isolation::process, 0);
  stage.begin(slot, 0);
  CHECK(fetched(stage).started.size() == 1);
}

TEST_CASE("attempts: an interruption is told only of what was told to have started") {
  Stage stage(1, 1);
  stage.dispatcher.publish();
  stage.begin(0, 0);
  Batch batch;
  stage.dispatcher.interrupt(0, "its host died", {}, batch);
  CHECK(batch.interrupted.empty());
  CHECK(stage.dispatcher.plan().handed_out() == 0);
}

TEST_CASE("attempts: one that is cut off when nothing more is started does not run again") {
  Stage stage(2, 1);
  stage.dispatcher.publish();
  stage.begin(0, 0);
  Batch batch = fetched(stage);
  stage.dispatcher.plan().cancel();
  stage.dispatcher.interrupt(0, "its host died", {}, batch);
  REQUIRE(batch.interrupted.size() == 1);
  CHECK_FALSE(batch.interrupted[0].runs_again);
}

TEST_CASE("attempts: one that the run abandons is told with its output, also when its worker has left it meanwhile") {
  Stage stage(1, 1);
  stage.dispatcher.publish();
  stage.begin(0, 0);
  Batch batch = fetched(stage);
  const StartedAttempt attempt = stage.dispatcher.running_in(0);
  stage.shared.table.slot(0).current.store(0);
  stage.dispatcher.abandon(0, attempt, "the run ended", batch);
  REQUIRE(batch.interrupted.size() == 1);
  CHECK((batch.interrupted[0].attempt.task == 0 && !batch.interrupted[0].runs_again));
  CHECK((batch.interrupted[0].output_begin == 1000 && batch.interrupted[0].output_end == Stage::output_size));
  CHECK(stage.dispatcher.plan().not_run() == Tasks{0});
}

TEST_CASE("attempts: tasks that cannot run any more end as errors; those that run are left alone") {
  Stage stage(4, 1);
  stage.dispatcher.publish(1);
  stage.begin(0, 0);
  Batch batch;
  stage.dispatcher.drop([](TaskIndex task) { return task != 3; }, batch);
  CHECK(batch.finished.tasks == Tasks{1, 2});
  CHECK(batch.finished.outcomes == std::vector<std::uint8_t>(2, static_cast<std::uint8_t>(Outcome::error)));
  CHECK(batch.finished.finals == std::vector<std::uint8_t>(2, 1));
  stage.end(0, 0, Outcome::pass);
  fetched(stage);
  stage.dispatcher.publish();
  stage.run(0, 3, Outcome::pass);
  fetched(stage);
  CHECK(stage.dispatcher.plan().done());
}

TEST_CASE("attempts: pauses count neither for what runs nor for what has ended") {
  Stage stage(2, 1);
  const std::uint64_t start = stage.shared.table.header().started_ns;
  stage.dispatcher.publish();
  stage.dispatcher.add_pause(start + 100, start + 150);  // within the attempt
  stage.dispatcher.add_pause(start + 290, start + 400);  // from its last tenth on
  stage.dispatcher.add_pause(start + 500, start + 600);  // after it
  stage.begin(0, 0);
  stage.end(0, 0, Outcome::pass, 0);
  stage.shared.table.record(0).duration_ns = 300;
  CHECK(fetched(stage).finished.durations_ns == std::vector<std::uint64_t>{300 - 50 - 10});
  stage.begin(0, 1);
  const std::uint64_t begun = stage.shared.table.slot(0).started_ns.load();
  stage.dispatcher.add_pause(begun, begun + hour_ns);
  CHECK(stage.dispatcher.running_in(0).elapsed_ns == 0);
}

TEST_CASE("attempts: no more is published than is asked for, over all lanes") {
  Stage stage(5, 1);
  const auto count = [&](std::size_t most) {
    const auto published = stage.dispatcher.publish(most);
    return published[0] + published[1] + published[2];
  };
  CHECK((count(0) == 0 && count(2) == 2 && count(SIZE_MAX) == 3));
}
