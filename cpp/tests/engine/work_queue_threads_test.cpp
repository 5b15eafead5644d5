// The queue under many threads: each task exactly once, nobody sleeps through work.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "engine/work_queue.h"
#include "os/futex.h"
#include "support/shared_table.h"

using namespace pyharness;
using test::numbers;
using test::SharedTable;

namespace {

constexpr std::uint32_t lane = lane_of(Isolation::thread);

// Long enough that a test in which a sleeper is not woken runs into its time limit.
constexpr std::uint32_t no_limit_ms = 600'000;

class Crowd {
 public:
  // Slots `first` … `first + count - 1` take tasks until they are told to leave.
  Crowd(SharedTable& shared, std::uint32_t count, std::uint32_t first = 0)
      : shared_(&shared), taken_(shared.table.header().planned) {
    for (std::uint32_t worker = first; worker < first + count; ++worker) {
      threads_.emplace_back([this, worker] { work(worker); });
    }
  }
  ~Crowd() { leave(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void wait_until_ended(std::uint32_t tasks) {
    for (std::uint32_t seen = ended_.load(); seen < tasks; seen = ended_.load()) {
      os::futex_wait(ended_, seen, no_limit_ms);
    }
  }
  void wait_until_asleep(std::uint32_t workers) const {
    while (shared_->table.header().sleepers.load() < workers) {
      std::this_thread::yield();
    }
  }
  void leave() {
    WorkQueue(shared_->table).close();
    join();
  }
  void join() {
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }
  int taken(TaskIndex task) const { return taken_[task].load(); }
  bool each_taken(int times) const {
    return std::all_of(taken_.begin(), taken_.end(), [&](const auto& count) { return count.load() == times; });
  }

 private:
  void work(std::uint32_t number) {
    WorkQueue::Worker worker(shared_->table, number);
    while (worker.goes_on()) {
      if (const auto task = worker.next_or_sleep(no_limit_ms)) {
        taken_[*task].fetch_add(1);
        ended_.fetch_add(1);
        os::futex_wake_all(ended_);
      }
    }
  }

  SharedTable* shared_;
  std::vector<std::atomic<int>> taken_;
  std::atomic<std::uint32_t> ended_{0};
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("work queue: 1 to 16 threads take each task exactly once, published in small pieces over many rounds") {
  constexpr std::uint32_t planned = 256;
  constexpr std::uint32_t rounds = 12;
  for (std::uint32_t workers = 1; workers <= 16; ++workers) {
    CAPTURE(workers);
    SharedTable shared(planned, workers);
    const WorkQueue queue(shared.table);
    Crowd crowd(shared, workers);
    for (std::uint32_t round = 0; round < rounds; ++round) {
      TaskIndex next = 0;
      for (std::uint32_t piece = 1 + round; next < planned; piece = piece * 7 % 23 + 1) {
        const TaskIndex past = std::min<TaskIndex>(planned, next + piece);
        queue.publish(lane, numbers(next, past));
        next = past;
      }
      crowd.wait_until_ended((round + 1) * planned);
      CHECK(queue.room(lane) == shared.table.header().ring_capacity);
    }
    crowd.leave();
    CHECK(crowd.each_taken(rounds));
    CHECK(shared.table.header().sleepers.load() == 0);
  }
}

TEST_CASE("work queue: a worker that stops after the first task of its batch does not hold up the others") {
  SharedTable shared(64, 4);
  WorkQueue(shared.table).publish(lane, numbers(0, 64));
  WorkQueue::Worker stuck(shared.table, 3);
  CHECK(stuck.try_next() == 0U);
  Crowd crowd(shared, 3);
  crowd.wait_until_ended(63);
  crowd.leave();
  CHECK(crowd.taken(0) == 0);
  for (TaskIndex task = 1; task < 64; ++task) {
    CHECK(crowd.taken(task) == 1);
  }
}

TEST_CASE("work queue: a sleeper is woken by publishing, again and again") {
  SharedTable shared(1000, 2);
  const WorkQueue queue(shared.table);
  Crowd crowd(shared, 2);
  for (TaskIndex task = 0; task < 1000; ++task) {
    queue.publish(lane, {task});
    crowd.wait_until_ended(task + 1);
  }
  crowd.leave();
  CHECK(crowd.each_taken(1));
}

TEST_CASE("work queue: a sleeper is woken by a claim that leaves work to steal") {
  for (int round = 0; round < 200; ++round) {
    SharedTable shared(10, 2);
    shared.table.header().workers = 1;  // so that a claim takes a whole batch
    Crowd crowd(shared, 1, 1);
    crowd.wait_until_asleep(1);
    // As publish does it, without its wake-up: the claim alone has to wake the other.
    for (TaskIndex task = 0; task < 10; ++task) {
      shared.table.ring(lane, task).store(task);
    }
    shared.table.header().lanes[lane].published.store(10);
    WorkQueue::Worker claimer(shared.table, 0);
    const auto mine = claimer.try_next();
    crowd.wait_until_ended(mine ? 9 : 10);
    crowd.leave();
  }
}

TEST_CASE("work queue: sleepers leave when the queue is closed or the run stopped") {
  for (int round = 0; round < 100; ++round) {
    SharedTable closed(1, 4);
    Crowd first(closed, 4);
    WorkQueue(closed.table).close();
    first.join();
    SharedTable stopped(1, 4);
    Crowd second(stopped, 4);
    WorkQueue(stopped.table).set_stop(round % 2 == 0 ? Stop::soon : Stop::now);
    second.join();
  }
}

TEST_CASE("work queue: tasks reclaimed while others steal them come out once each") {
  for (int round = 0; round < 200; ++round) {
    SharedTable shared(40, 2, 2);
    const WorkQueue queue(shared.table);
    WorkQueue::Worker dead_one(shared.table, 2);
    WorkQueue::Worker dead_other(shared.table, 3);
    queue.publish(lane, numbers(0, 40));
    REQUIRE(dead_one.try_next() == 0U);
    REQUIRE(dead_other.try_next() == 10U);
    Crowd crowd(shared, 2);
    const auto reclaimed = queue.reclaim(1);
    crowd.wait_until_ended(38 - static_cast<std::uint32_t>(reclaimed.size()));
    queue.publish(lane, reclaimed);
    crowd.wait_until_ended(38);
    crowd.leave();
    for (TaskIndex task = 0; task < 40; ++task) {
      CHECK(crowd.taken(task) == (task == 0 || task == 10 ? 0 : 1));
    }
  }
}
