// The queue, one step at a time: claiming, stealing, reclaiming, wrapping, stopping.
#include "engine/work_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "support/shared_table.h"

using namespace pyharness;
using test::numbers;
using test::SharedTable;
using Tasks = std::vector<TaskIndex>;

namespace {

constexpr std::uint32_t lane = lane_of(Isolation::thread);

Tasks take_all(WorkQueue::Worker& worker) {
  Tasks tasks;
  while (const auto task = worker.try_next()) {
    tasks.push_back(*task);
  }
  return tasks;
}

}  // namespace

TEST_CASE("work queue: one worker takes everything, in the order of publishing") {
  SharedTable shared(100, 1);
  const WorkQueue queue(shared.table);
  WorkQueue::Worker worker(shared.table, 0);
  CHECK_FALSE(worker.try_next().has_value());
  queue.publish(lane, numbers(0, 40));
  queue.publish(lane, {});
  queue.publish(lane, numbers(40, 100));
  CHECK(take_all(worker) == numbers(0, 100));
  CHECK_FALSE(worker.try_next().has_value());
}

TEST_CASE("work queue: a claim is at most a batch, and the last tasks are shared out") {
  SharedTable shared(100, 4);
  const WorkQueue queue(shared.table);
  WorkQueue::Worker worker(shared.table, 0);
  queue.publish(lane, numbers(0, 100));
  worker.try_next();
  CHECK(shared.table.header().lanes[lane].claimed.load() == claim_batch);
  SharedTable few(4, 4);
  WorkQueue::Worker modest(few.table, 0);
  WorkQueue(few.table).publish(lane, numbers(0, 4));
  modest.try_next();
  CHECK(few.table.header().lanes[lane].claimed.load() == 1);
}

TEST_CASE("work queue: what a worker has claimed and not begun is taken over by others") {
  SharedTable shared(10, 1, 3);
  const WorkQueue queue(shared.table);
  WorkQueue::Worker stuck(shared.table, 0);
  WorkQueue::Worker idle(shared.table, 1);
  WorkQueue::Worker other(shared.table, 2);
  queue.publish(lane, numbers(0, 10));
  CHECK(stuck.try_next() == 0U);
  CHECK(shared.table.header().lanes[lane].claimed.load() == 10);
  CHECK(idle.try_next() == 1U);
  CHECK(other.try_next() == 2U);
  CHECK(take_all(idle) == numbers(3, 10));
  CHECK_FALSE(stuck.try_next().has_value());
}

TEST_CASE("work queue: a dead host's unbegun tasks can be reclaimed once") {
  SharedTable shared(100, 2, 2);
  const WorkQueue queue(shared.table);
  WorkQueue::Worker first(shared.table, 0);
  WorkQueue::Worker second(shared.table, 1);
  WorkQueue::Worker elsewhere(shared.table, 2);
  queue.publish(lane, numbers(0, 100));
  const std::set<TaskIndex> begun{first.try_next().value(), second.try_next().value(), elsewhere.try_next().value()};
  Tasks reclaimed = queue.reclaim(0);
  CHECK(reclaimed.size() == 2 * (claim_batch - 1));
  CHECK(queue.reclaim(0).empty());
  queue.publish(lane, reclaimed);
  std::multiset<TaskIndex> all(begun.begin(), begun.end());
  const Tasks rest = take_all(elsewhere);
  all.insert(rest.begin(), rest.end());
  CHECK(all.size() == 100);
  CHECK(std::set<TaskIndex>(all.begin(), all.end()).size() == 100);
}

TEST_CASE("work queue: the ring wraps around without losing a task, and never takes more than it has room for") {
  SharedTable shared(64, 1);
  const WorkQueue queue(shared.table);
  WorkQueue::Worker worker(shared.table, 0);
  REQUIRE(shared.table.header().ring_capacity == 64);
  CHECK(queue.room(lane) == 64);
  for (int round = 0; round < 50; ++round) {
    const Tasks tasks = numbers(0, static_cast<TaskIndex>(queue.room(lane) - static_cast<std::size_t>(round % 7)));
    queue.publish(lane, tasks);
    CHECK(queue.room(lane) == 64 - tasks.size());
    CHECK(take_all(worker) == tasks);
    CHECK(queue.room(lane) == 64);
  }
}

TEST_CASE("work queue: room comes back as tasks are claimed, a batch at a time") {
  SharedTable shared(64, 1);
  const WorkQueue queue(shared.table);
  WorkQueue::Worker worker(shared.table, 0);
  queue.publish(lane, numbers(0, 64));
  CHECK(queue.room(lane) == 0);
  worker.try_next();
  CHECK(queue.room(lane) == claim_batch);
}

TEST_CASE("work queue: after stop, close or retirement a worker gets nothing more, though tasks wait") {
  for (const int manner : {0, 1, 2, 3}) {
    SharedTable shared(20, 1);
    const WorkQueue queue(shared.table);
    WorkQueue::Worker worker(shared.table, 0);
    queue.publish(lane, numbers(0, 20));
    CHECK(worker.goes_on());
    CHECK(worker.try_next() == 0U);
    switch (manner) {
      case 0: queue.set_stop(Stop::soon); break;
      case 1: queue.set_stop(Stop::now); break;
      case 2: queue.close(); break;
      default: shared.table.host(0).retired.store(1);
    }
    CHECK_FALSE(worker.goes_on());
    CHECK_FALSE(worker.try_next().has_value());
    CHECK_FALSE(worker.next_or_sleep(600'000).has_value());
  }
}

TEST_CASE("work queue: next_or_sleep returns at once when there is something to take") {
  SharedTable shared(2, 1);
  WorkQueue::Worker worker(shared.table, 0);
  WorkQueue(shared.table).publish(lane, {1});
  CHECK(worker.next_or_sleep(600'000) == 1U);
  CHECK(shared.table.header().sleepers.load() == 0);
  CHECK(shared.table.slot(0).asleep.load() == 0);
  CHECK_FALSE(worker.next_or_sleep(1).has_value());
  CHECK(shared.table.header().sleepers.load() == 0);
}
