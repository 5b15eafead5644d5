#include "engine/dispatcher.h"

#include <algorithm>
#include <numeric>

#include "os/clock.h"
#include "os/futex.h"
#include "os/memory_file.h"

namespace pyharness {

namespace {

template <class T>
void reorder(std::vector<T>& column, const std::vector<std::size_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(column.size());
  for (const std::size_t at : order) {
    sorted.push_back(column[at]);
  }
  column = std::move(sorted);
}

// Attempts come worker by worker; told in the order in which they ended.
void sort_by_end(FinishedColumns& columns) {
  const auto end_of = [&](std::size_t at) { return columns.starts_ns[at] + columns.durations_ns[at]; };
  std::vector<std::size_t> order(columns.tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return end_of(a) < end_of(b); });
  reorder(columns.tasks, order);
  reorder(columns.outcomes, order);
  reorder(columns.workers, order);
  reorder(columns.captures, order);
  reorder(columns.output_begins, order);
  reorder(columns.output_ends, order);
  reorder(columns.starts_ns, order);
  reorder(columns.durations_ns, order);
}

}  // namespace

namespace {

std::vector<bool> serial_column(const std::vector<TestTask>& tasks) {
  std::vector<bool> serial;
  serial.reserve(tasks.size());
  for (const TestTask& task : tasks) {
    serial.push_back(task.details().serial);
  }
  return serial;
}

}  // namespace

Dispatcher::Dispatcher(RunTable& table, const std::vector<TestTask>& tasks, std::uint32_t max_fail, Files files)
    : table_(&table),
      plan_(serial_column(tasks), {max_fail}),
      queue_(table),
      files_(std::move(files)),
      announced_(tasks.size(), false),
      last_finished_(table.slot_count(), no_task) {
  table.header().failures_left.store(max_fail);
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    TaskRecord& record = table.record(static_cast<TaskIndex>(task));
    record.library = tasks[task].library;
    record.index = tasks[task].index;
  }
}

void Dispatcher::publish() {
  if (plan_.cancelled()) {
    queue_.set_stop(Stop::soon);
    return;
  }
  queue_.publish(plan_.take(queue_.room()));
}

void Dispatcher::fetch(Batch& batch) {
  const std::uint32_t slots = table_->header().hosts_in_use.load() * table_->header().workers;
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    fetch_slot(slot, batch);
  }
  sort_by_end(batch.finished);
  note_started(batch);
}

void Dispatcher::fetch_slot(std::uint32_t slot_number, Batch& batch) {
  WorkerSlot& slot = table_->slot(slot_number);
  std::uint32_t link = slot.finished.exchange(0, std::memory_order_acquire);
  if (link == 0) {
    return;
  }
  std::vector<TaskIndex> tasks;
  // A wild write of a case may have been here: a link that leads out of the plan, or in a circle, ends the list.
  for (; link != 0 && link <= table_->header().planned && tasks.size() < plan_.handed_out();
       link = table_->record(link - 1).next_finished) {
    tasks.push_back(link - 1);
  }
  if (tasks.empty()) {
    return;
  }
  std::reverse(tasks.begin(), tasks.end());
  for (const TaskIndex task : tasks) {
    const TaskRecord& record = table_->record(task);
    add_finished(task, record.outcome, slot_number, record, batch);
  }
  last_finished_[slot_number] = tasks.back();
  slot.fetched.fetch_add(static_cast<std::uint32_t>(tasks.size()), std::memory_order_release);
  os::futex_wake_all(slot.fetched);
}

void Dispatcher::add_finished(TaskIndex task, Outcome outcome, std::uint32_t slot, const TaskRecord& record,
                              Batch& batch) {
  const SlotFiles files = files_(slot);
  FinishedColumns& columns = batch.finished;
  columns.tasks.push_back(task);
  columns.outcomes.push_back(static_cast<std::uint8_t>(outcome));
  columns.workers.push_back(static_cast<std::uint8_t>(slot % table_->header().workers));
  columns.starts_ns.push_back(record.start_ns);
  columns.durations_ns.push_back(record.duration_ns);
  columns.captures.push_back(files.capture);
  columns.output_begins.push_back(record.output_begin);
  columns.output_ends.push_back(record.output_end);
  if (record.log_size > 0) {
    for (Report& report : ReportLog::read(files.report_log, record.log_begin, record.log_size)) {
      batch.reports.push_back({task, std::move(report)});
    }
  }
  announced_[task] = true;
  plan_.finish(task, outcome);
}

void Dispatcher::settle(TaskIndex task, Outcome outcome, std::uint32_t slot_number, Batch& batch) {
  const WorkerSlot& slot = table_->slot(slot_number);
  const SlotFiles files = files_(slot_number);
  TaskRecord record{};
  const std::uint64_t started = slot.started_ns.load();
  record.start_ns = started - table_->header().started_ns;
  record.duration_ns = os::monotonic_ns() - started;
  record.output_begin = slot.output_begin.load();
  record.output_end = UINT64_MAX;  // to where the file ends when it is read
  record.log_begin = slot.log_begin.load();
  const std::uint64_t log_end = ReportLog::published_end(files.report_log);
  record.log_size = log_end > record.log_begin ? static_cast<std::uint32_t>(log_end - record.log_begin) : 0;
  queue_.count_failure();
  last_finished_[slot_number] = task;
  add_finished(task, outcome, slot_number, record, batch);
}

void Dispatcher::note_started(Batch& batch) {
  batch.running.clear();
  const std::uint32_t slots = table_->header().hosts_in_use.load() * table_->header().workers;
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    const StartedAttempt attempt = running_in(slot);
    if (attempt.task == no_task || !plan_.is_handed_out(attempt.task)) {
      continue;
    }
    batch.running.push_back(attempt);
    if (!announced_[attempt.task]) {
      announced_[attempt.task] = true;
      batch.started.push_back(attempt);
    }
  }
}

StartedAttempt Dispatcher::running_in(std::uint32_t slot_number) const {
  const WorkerSlot& slot = table_->slot(slot_number);
  const std::uint32_t current = slot.current.load(std::memory_order_acquire);
  const std::uint64_t started = slot.started_ns.load(std::memory_order_relaxed);
  // Unchanged after the time was read: the two belong together.
  if (current == 0 || current > table_->header().planned || slot.current.load(std::memory_order_acquire) != current) {
    return {};
  }
  const std::uint64_t now = os::monotonic_ns();
  return {current - 1, slot_number % table_->header().workers, started - table_->header().started_ns,
          now > started ? now - started : 0};
}

void Dispatcher::reclaim(std::uint32_t host) {
  for (const TaskIndex task : queue_.reclaim(host)) {
    plan_.give_back(task);
  }
}

void Dispatcher::give_back_lost() {
  for (TaskIndex task = 0; task < plan_.planned(); ++task) {
    if (plan_.is_handed_out(task)) {
      plan_.give_back(task);
    }
  }
}

}  // namespace pyharness
