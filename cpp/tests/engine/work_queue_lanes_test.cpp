// Lanes of the queue, and places that wander between the hosts of different lanes.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "engine/work_queue.h"
#include "os/futex.h"
#include "support/shared_table.h"

using namespace pyharness;
using test::numbers;
using test::SharedTable;
using Tasks = std::vector<TaskIndex>;

namespace {

constexpr std::uint32_t thread_lane = lane_of(Isolation::thread);
constexpr std::uint32_t process_lane = lane_of(Isolation::process);
constexpr std::uint32_t fork_lane = lane_of(Isolation::fork);
// Long enough that a test in which a sleeper is not woken runs into its time limit.
constexpr std::uint32_t no_limit_ms = 600'000;

// One place; a host in the lane of threads that holds it, and one in the lane of processes.
struct TwoLanes {
  SharedTable shared{10, 1};
  WorkQueue queue{shared.table};
  std::uint32_t other_slot = shared.add_host(Isolation::process, 0);
  WorkQueue::Worker worker{shared.table, 0};
  WorkQueue::Worker other{shared.table, other_slot};
};

}  // namespace

TEST_CASE("lanes: workers take and steal in their own lane only") {
  TwoLanes lanes;
  lanes.queue.publish(process_lane, {1, 2, 3});
  CHECK_FALSE(lanes.worker.try_next().has_value());
  lanes.queue.publish(thread_lane, {4});
  CHECK(lanes.worker.try_next() == 4U);
  CHECK(lanes.other.try_next() == 1U);
  CHECK_FALSE(lanes.worker.try_next().has_value());  // 2 and 3 are in the batch of the other lane's worker
  CHECK(lanes.other.try_next() == 2U);
}

TEST_CASE("lanes: each has a ring of its own") {
  SharedTable shared(64, 1);
  const WorkQueue queue(shared.table);
  for (std::uint32_t lane = 0; lane < library_lane_count; ++lane) {
    CHECK(queue.room(lane) == 64);
    queue.publish(lane, numbers(0, 64));
    CHECK(queue.room(lane) == 0);
  }
  CHECK_FALSE(queue.is_empty());
}

TEST_CASE("lanes: a queue is empty once nothing is unclaimed in any lane, nor claimed and not begun") {
  TwoLanes lanes;
  CHECK(lanes.queue.is_empty());
  lanes.queue.publish(process_lane, {1, 2});
  CHECK_FALSE(lanes.queue.is_empty());
  lanes.other.try_next();
  CHECK_FALSE(lanes.queue.is_empty());
  lanes.other.try_next();
  CHECK(lanes.queue.is_empty());
}

TEST_CASE("lanes: a place follows unclaimed work to another lane, and comes back to where work is") {
  TwoLanes lanes;
  CHECK_FALSE(lanes.worker.follow_work());
  lanes.queue.publish(thread_lane, {0});
  CHECK_FALSE(lanes.worker.follow_work());
  lanes.queue.publish(process_lane, {1});
  CHECK(lanes.worker.follow_work());
  CHECK_FALSE(lanes.worker.holds_place());
  CHECK(lanes.other.holds_place());
  CHECK_FALSE(lanes.worker.follow_work());  // it has nothing to hand over any more
  CHECK(lanes.other.try_next() == 1U);
  CHECK(lanes.other.follow_work());
  CHECK(lanes.worker.holds_place());
}

TEST_CASE("lanes: claimed work attracts nobody, and work without a host that could run it keeps nobody awake") {
  TwoLanes lanes;
  lanes.queue.publish(process_lane, {1});
  lanes.other.try_next();
  CHECK_FALSE(lanes.worker.follow_work());
  lanes.queue.publish(fork_lane, {2});
  CHECK_FALSE(lanes.worker.follow_work());
  CHECK_FALSE(lanes.worker.next_or_sleep(1).has_value());
  CHECK(lanes.worker.holds_place());
}

TEST_CASE("lanes: a worker does not sleep while another lane wants its place") {
  TwoLanes lanes;
  lanes.queue.publish(process_lane, {1});
  CHECK_FALSE(lanes.worker.next_or_sleep(no_limit_ms).has_value());
  CHECK(lanes.shared.table.header().sleepers.load() == 0);
}

TEST_CASE("lanes: a worker that leaves passes its place on to the heir in its own lane, if there is one") {
  TwoLanes lanes;
  lanes.worker.pass_place_on();
  CHECK(lanes.worker.holds_place());  // it is its own heir
  const std::uint32_t fresh = lanes.shared.add_host(Isolation::thread, 0);
  lanes.worker.pass_place_on();
  CHECK_FALSE(lanes.worker.holds_place());
  CHECK(WorkQueue::Worker(lanes.shared.table, fresh).holds_place());
  lanes.worker.pass_place_on();  // the second time, it has none
  CHECK(WorkQueue::Worker(lanes.shared.table, fresh).holds_place());
}

namespace {

// A host in each lane for each of the places, whose workers do what those of a pool do.
class WanderingCrowd {
 public:
  WanderingCrowd(std::uint32_t planned, std::uint32_t workers)
      : shared_(planned, workers, 0), taken_(planned), busy_(workers) {
    shared_.add_host(Isolation::thread, 0);
    for (const Isolation isolation : {Isolation::process, Isolation::fork}) {
      for (std::uint32_t worker = 0; worker < workers; ++worker) {
        shared_.add_host(isolation, worker);
      }
    }
    for (std::uint32_t slot = 0; slot < shared_.table.slots_in_use(); ++slot) {
      threads_.emplace_back([this, slot] { work(slot); });
    }
  }
  ~WanderingCrowd() { leave(); }
  WanderingCrowd(const WanderingCrowd&) = delete;
  WanderingCrowd& operator=(const WanderingCrowd&) = delete;

  WorkQueue queue() { return WorkQueue(shared_.table); }
  void wait_until_ended(std::uint32_t tasks) {
    for (std::uint32_t seen = ended_.load(); seen < tasks; seen = ended_.load()) {
      os::futex_wait(ended_, seen, no_limit_ms);
    }
  }
  void leave() {
    queue().close();
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }
  bool each_taken(int times) const {
    return std::all_of(taken_.begin(), taken_.end(), [&](const auto& count) { return count.load() == times; });
  }
  int wrong_lanes() const { return wrong_lanes_.load(); }
  int shared_places() const { return shared_places_.load(); }
  std::uint32_t sleepers() const { return shared_.table.header().sleepers.load(); }

 private:
  void work(std::uint32_t slot) {
    WorkQueue::Worker worker(shared_.table, slot);
    while (worker.goes_on()) {
      if (!worker.holds_place()) {
        worker.sleep_without_place(no_limit_ms);
      } else if (const auto task = worker.next_or_sleep(no_limit_ms)) {
        run(*task, shared_.table.slot(slot));
      } else if (worker.goes_on()) {
        worker.follow_work();
      }
    }
  }
  // Task t belongs to lane t % library_lane_count.
  void run(TaskIndex task, const WorkerSlot& slot) {
    std::atomic<int>& busy = busy_[slot.worker];
    shared_places_ += busy.fetch_add(1) == 0 ? 0 : 1;
    wrong_lanes_ += slot.lane == task % library_lane_count ? 0 : 1;
    taken_[task].fetch_add(1);
    busy.fetch_sub(1);
    ended_.fetch_add(1);
    os::futex_wake_all(ended_);
  }

  SharedTable shared_;
  std::vector<std::atomic<int>> taken_;
  std::vector<std::atomic<int>> busy_;  // by place
  std::atomic<std::uint32_t> ended_{0};
  std::atomic<int> wrong_lanes_{0};
  std::atomic<int> shared_places_{0};
  std::vector<std::thread> threads_;
};

Tasks of_lane(std::uint32_t lane, TaskIndex first, TaskIndex past) {
  Tasks tasks;
  for (TaskIndex task = first; task < past; ++task) {
    if (task % library_lane_count == lane) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

}  // namespace

TEST_CASE(
    "lanes: many threads take each task once, in its lane, one at a time for each place, and none sleeps over it") {
  constexpr std::uint32_t planned = 240;
  constexpr std::uint32_t rounds = 10;
  for (const std::uint32_t workers : {1U, 2U, 3U, 5U}) {
    CAPTURE(workers);
    WanderingCrowd crowd(planned, workers);
    for (std::uint32_t round = 0; round < rounds; ++round) {
      TaskIndex next = 0;
      for (std::uint32_t piece = 1 + round; next < planned; piece = piece * 7 % 23 + 1) {
        const TaskIndex past = std::min<TaskIndex>(planned, next + piece);
        for (std::uint32_t lane = 0; lane < library_lane_count; ++lane) {
          crowd.queue().publish(lane, of_lane(lane, next, past));
        }
        next = past;
      }
      crowd.wait_until_ended((round + 1) * planned);
      CHECK(crowd.queue().is_empty());
    }
    crowd.leave();
    CHECK(crowd.each_taken(rounds));
    CHECK(crowd.wrong_lanes() == 0);
    CHECK(crowd.shared_places() == 0);
    CHECK(crowd.sleepers() == 0);
  }
}

TEST_CASE("lanes: a single task at a time is found in whichever lane it is, by a place that sleeps elsewhere") {
  constexpr std::uint32_t planned = 600;
  for (const std::uint32_t workers : {1U, 2U}) {
    WanderingCrowd crowd(planned, workers);
    for (TaskIndex task = 0; task < planned; ++task) {
      crowd.queue().publish(task % library_lane_count, {task});
      crowd.wait_until_ended(task + 1);
    }
    crowd.leave();
    CHECK(crowd.each_taken(1));
    CHECK(crowd.shared_places() == 0);
  }
}
