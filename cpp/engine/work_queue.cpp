#include "engine/work_queue.h"

#include <algorithm>

#include "os/futex.h"

namespace pyharness {

namespace {

// A worker's claimed tasks: those at [next, end) of WorkerSlot::tasks have not been started. The sequence number
// makes each batch differ from all earlier ones, so that a thief's compare-and-swap cannot hit a later batch.
struct Batch {
  std::uint32_t sequence;
  std::uint16_t next;
  std::uint16_t end;

  static Batch unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 32U), static_cast<std::uint16_t>(word >> 16U),
            static_cast<std::uint16_t>(word)};
  }
  std::uint64_t pack() const { return std::uint64_t{sequence} << 32U | std::uint64_t{next} << 16U | end; }
  bool empty() const { return next >= end; }
};

// Takes one task out of a batch; by its owner, the supervisor or a thief, who asks `may_take` once it has seen the
// batch.
template <class MayTake>
std::optional<TaskIndex> take_from(WorkerSlot& slot, const MayTake& may_take) {
  std::uint64_t word = slot.batch.load(std::memory_order_seq_cst);
  for (;;) {
    Batch batch = Batch::unpack(word);
    if (batch.empty() || !may_take()) {
      return std::nullopt;
    }
    // Read before the swap: when the swap succeeds, the batch was still this one.
    const TaskIndex task = slot.tasks[batch.next].load(std::memory_order_relaxed);
    ++batch.next;
    if (slot.batch.compare_exchange_weak(word, batch.pack(), std::memory_order_acq_rel, std::memory_order_acquire)) {
      return task;
    }
  }
}

}  // namespace

std::size_t WorkQueue::room(std::uint32_t lane) const {
  const LaneQueue& queue = table_->header().lanes[lane];
  return table_->header().ring_capacity -
         (queue.published.load(std::memory_order_relaxed) - queue.claimed.load(std::memory_order_acquire));
}

void WorkQueue::publish(std::uint32_t lane, const std::vector<TaskIndex>& tasks) const {
  if (tasks.empty()) {
    return;
  }
  LaneQueue& queue = table_->header().lanes[lane];
  std::uint64_t position = queue.published.load(std::memory_order_relaxed);
  for (const TaskIndex task : tasks) {
    table_->ring(lane, position++).store(task, std::memory_order_relaxed);
  }
  queue.published.store(position, std::memory_order_seq_cst);
  wake_workers();
}

void WorkQueue::wake_workers() const {
  RunHeader& header = table_->header();
  header.work_sequence.fetch_add(1, std::memory_order_seq_cst);
  if (header.sleepers.load(std::memory_order_seq_cst) > 0) {
    os::futex_wake_all(header.work_sequence);
  }
}

void WorkQueue::count_failure() const {
  // Set to the limit at the start; 0 there means no limit, and wraps around far from 1.
  if (table_->header().failures_left.fetch_sub(1, std::memory_order_relaxed) == 1) {
    set_stop(Stop::soon);
  }
}

void WorkQueue::close() const {
  table_->header().closed.store(1, std::memory_order_seq_cst);
  wake_workers();
}

void WorkQueue::set_stop(Stop stop) const {
  std::atomic<Stop>& word = table_->header().stop;
  Stop current = word.load();
  // Only ever stronger.
  while (current < stop && !word.compare_exchange_weak(current, stop)) {
  }
  wake_workers();
}

std::size_t WorkQueue::waiting(std::uint32_t lane) const {
  const LaneQueue& queue = table_->header().lanes[lane];
  return queue.published.load() - queue.claimed.load();
}

TaskIndex WorkQueue::peek(std::uint32_t lane, std::size_t position) const {
  return table_->ring(lane, table_->header().lanes[lane].claimed.load() + position).load();
}

std::vector<TaskIndex> WorkQueue::claim(std::uint32_t lane, std::size_t count) const {
  std::vector<TaskIndex> tasks;
  tasks.reserve(count);
  for (std::size_t position = 0; position < count; ++position) {
    tasks.push_back(peek(lane, position));
  }
  table_->header().lanes[lane].claimed.fetch_add(count);
  return tasks;
}

bool WorkQueue::is_empty() const {
  for (const LaneQueue& queue : table_->header().lanes) {
    if (queue.claimed.load() != queue.published.load()) {
      return false;
    }
  }
  for (std::uint32_t slot = 0; slot < table_->slots_in_use(); ++slot) {
    if (!Batch::unpack(table_->slot(slot).batch.load()).empty()) {
      return false;
    }
  }
  return true;
}

std::vector<TaskIndex> WorkQueue::reclaim(std::uint32_t host) const {
  std::vector<TaskIndex> tasks;
  const HostEntry& entry = table_->host(host);
  for (std::uint32_t seat = 0; seat < entry.seats; ++seat) {
    WorkerSlot& slot = table_->slot(entry.first_slot + seat);
    while (const auto task = take_from(slot, [] { return true; })) {
      tasks.push_back(*task);
    }
  }
  return tasks;
}

WorkQueue::Worker::Worker(RunTable& table, std::uint32_t slot)
    : table_(&table),
      slot_(&table.slot(slot)),
      place_(&table.place(slot_->worker)),
      host_(slot_->host),
      lane_(slot_->lane) {}

bool WorkQueue::Worker::goes_on() const {
  const RunHeader& header = table_->header();
  return header.stop.load(std::memory_order_relaxed) == Stop::none &&
         header.closed.load(std::memory_order_relaxed) == 0 &&
         table_->host(host_).retired.load(std::memory_order_relaxed) == 0;
}

std::optional<TaskIndex> WorkQueue::Worker::try_next() {
  if (!goes_on()) {
    return std::nullopt;
  }
  if (const auto own = from_own_batch()) {
    return own;
  }
  if (const auto claimed = claim()) {
    return claimed;
  }
  return steal();
}

std::optional<TaskIndex> WorkQueue::Worker::from_own_batch() {
  return take_from(*slot_, [] { return true; });
}

std::optional<TaskIndex> WorkQueue::Worker::claim() {
  RunHeader& header = table_->header();
  LaneQueue& queue = header.lanes[lane_];
  std::uint64_t position = queue.claimed.load(std::memory_order_acquire);
  for (;;) {
    const std::uint64_t waiting = queue.published.load(std::memory_order_seq_cst) - position;
    // Hosts are retired before tasks of suites that they do not have are published: who sees such a task, here or in
    // the batch of another, sees that, too.
    if (static_cast<std::int64_t>(waiting) <= 0 || !goes_on()) {
      return std::nullopt;
    }
    // The last tasks are shared out, so that no worker takes what another could start at once.
    const std::uint64_t fair = std::max<std::uint64_t>(1, waiting / header.workers);
    const auto count = static_cast<std::uint16_t>(std::min<std::uint64_t>(fair, claim_batch));
    // Copied before the swap: positions from `claimed` on are not overwritten, and when the swap succeeds they were
    // still ahead of `claimed` here.
    TaskIndex tasks[claim_batch];
    for (std::uint16_t at = 0; at < count; ++at) {
      tasks[at] = table_->ring(lane_, position + at).load(std::memory_order_relaxed);
    }
    if (!queue.claimed.compare_exchange_weak(position, position + count, std::memory_order_acq_rel,
                                             std::memory_order_acquire)) {
      continue;
    }
    for (std::uint16_t at = 1; at < count; ++at) {
      slot_->tasks[at].store(tasks[at], std::memory_order_relaxed);
    }
    const std::uint32_t sequence = Batch::unpack(slot_->batch.load(std::memory_order_relaxed)).sequence + 1;
    slot_->batch.store(Batch{sequence, 1, count}.pack(), std::memory_order_seq_cst);
    if (count > 1 && header.sleepers.load(std::memory_order_seq_cst) > 0) {
      header.work_sequence.fetch_add(1, std::memory_order_seq_cst);
      os::futex_wake_all(header.work_sequence);
    }
    return tasks[0];
  }
}

std::optional<TaskIndex> WorkQueue::Worker::steal() {
  const std::uint32_t slots = table_->slots_in_use();
  for (std::uint32_t number = 0; number < slots; ++number) {
    WorkerSlot& other = table_->slot(number);
    if (&other != slot_ && other.lane == lane_) {
      if (const auto task = take_from(other, [&] { return goes_on(); })) {
        return task;
      }
    }
  }
  return std::nullopt;
}

std::optional<TaskIndex> WorkQueue::Worker::next_or_sleep(std::uint32_t limit_ms) {
  RunHeader& header = table_->header();
  const std::uint32_t seen = header.work_sequence.load(std::memory_order_seq_cst);
  header.sleepers.fetch_add(1, std::memory_order_seq_cst);
  auto task = try_next();
  if (!task && goes_on() && heir_elsewhere() == 0) {
    // "Asleep" promises that this worker holds no task, so it is taken back before the next look.
    slot_->asleep.store(1, std::memory_order_seq_cst);
    os::futex_wait(header.work_sequence, seen, limit_ms);
    slot_->asleep.store(0, std::memory_order_seq_cst);
    task = try_next();
  }
  header.sleepers.fetch_sub(1, std::memory_order_seq_cst);
  return task;
}

void WorkQueue::Worker::sleep_without_place(std::uint32_t limit_ms) {
  RunHeader& header = table_->header();
  const std::uint32_t seen = header.work_sequence.load(std::memory_order_seq_cst);
  header.sleepers.fetch_add(1, std::memory_order_seq_cst);
  if (!holds_place() && goes_on()) {
    os::futex_wait(header.work_sequence, seen, limit_ms);
  }
  header.sleepers.fetch_sub(1, std::memory_order_seq_cst);
}

// Host + 1 that would take this place for a lane with unclaimed work; 0: none.
std::uint32_t WorkQueue::Worker::heir_elsewhere() const {
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    const LaneQueue& queue = table_->header().lanes[lane];
    if (lane != lane_ &&
        queue.claimed.load(std::memory_order_seq_cst) < queue.published.load(std::memory_order_seq_cst)) {
      if (const std::uint32_t heir = place_->heirs[lane].load(std::memory_order_acquire); heir != 0) {
        return heir;
      }
    }
  }
  return 0;
}

bool WorkQueue::Worker::hand_over(std::uint32_t heir) {
  std::uint32_t mine = host_ + 1;
  const bool handed = heir != 0 && heir != mine && place_->holder.compare_exchange_strong(mine, heir);
  if (handed) {
    WorkQueue(*table_).wake_workers();
  }
  return handed;
}

bool WorkQueue::Worker::follow_work() { return hand_over(heir_elsewhere()); }

void WorkQueue::Worker::pass_place_on() { hand_over(place_->heirs[lane_].load()); }

}  // namespace pyharness
