// The queue of a run, in the run table, one ring per lane: the supervisor publishes tasks, workers claim them in
// batches, and a worker that finds nothing takes over from the batch of another in its lane (so a long case never holds
// up those claimed with it).
// Thread-safety: publish, close: supervisor only. set_stop, count_failure, wake_workers: any. Worker: its thread only.
// Lock-free throughout, so that a process that dies in the middle leaves it usable. Only `next` blocks, in steps of a
// second at most.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/run_table.h"

namespace pyharness {

class WorkQueue {
 public:
  explicit WorkQueue(RunTable& table) : table_(&table) {}

  // Tasks that can be published without overwriting unclaimed ones.
  std::size_t room(std::uint32_t lane) const;
  // Their records' states say already which attempt is meant.
  void publish(std::uint32_t lane, const std::vector<TaskIndex>& tasks) const;
  // Nothing more will come: workers leave once the queue is empty.
  void close() const;
  void set_stop(Stop stop) const;
  // A case has failed: the run stops once there were as many failures as it allows.
  void count_failure() const;
  // Makes sleeping workers look again, after something they depend on has changed.
  void wake_workers() const;

  // For lanes without workers, whose only claimer is the supervisor: what is published and not claimed, in order.
  std::size_t waiting(std::uint32_t lane) const;
  TaskIndex peek(std::uint32_t lane, std::size_t position) const;
  std::vector<TaskIndex> claim(std::uint32_t lane, std::size_t count) const;

  // A worker's view of the queue.
  class Worker {
   public:
    Worker(RunTable& table, std::uint32_t slot);

    // The next task of this worker, if there is one right now and the run goes on.
    std::optional<TaskIndex> try_next();
    // False: the worker shall leave (closed, stopped, or its host retired).
    bool goes_on() const;
    // Sleeps until there may be something to take. Returns at once when there is, or when another lane wants the place.
    std::optional<TaskIndex> next_or_sleep(std::uint32_t limit_ms);
    bool holds_place() const { return place_->holder.load() == host_ + 1; }
    // Sleeps until the place may have come to this worker's host.
    void sleep_without_place(std::uint32_t limit_ms);
    // When there is nothing here, and unclaimed work in another lane: hands the place over to the host of that lane.
    bool follow_work();
    // The worker leaves for good: the host that takes places in its lane now gets this one.
    void pass_place_on();

   private:
    std::optional<TaskIndex> from_own_batch();
    std::optional<TaskIndex> claim();
    std::optional<TaskIndex> steal();
    std::uint32_t heir_elsewhere() const;
    bool hand_over(std::uint32_t heir);

    RunTable* table_;
    WorkerSlot* slot_;
    Place* place_;
    std::uint32_t host_;
    std::uint32_t lane_;
  };

  // Nothing is published and unclaimed, nothing claimed and not begun.
  bool is_empty() const;
  // What is left in the batches of a host that is dead; empties them.
  std::vector<TaskIndex> reclaim(std::uint32_t host) const;

 private:
  RunTable* table_;
};

}  // namespace pyharness
