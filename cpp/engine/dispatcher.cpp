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
  reorder(columns.attempts, order);
  reorder(columns.finals, order);
  reorder(columns.retry_delays_ns, order);
}

}  // namespace

Dispatcher::Dispatcher(RunTable& table, const std::vector<TestTask>& tasks, Plan plan, std::uint32_t max_fail,
                       Files files)
    : table_(&table),
      plan_(std::move(plan)),
      queue_(table),
      workers_(table.header().workers),
      files_(std::move(files)),
      last_finished_(table.header().slots, no_task) {
  table.header().failures_left.store(max_fail);
  enter(tasks, 0);
}

void Dispatcher::add(const std::vector<TestTask>& tasks, std::vector<TaskRules> rules,
                     const std::vector<std::uint32_t>& rules_of) {
  const auto first = static_cast<TaskIndex>(plan_.planned());
  plan_.add(std::move(rules), rules_of);
  enter(tasks, first);
}

// In the table, before they are published.
void Dispatcher::enter(const std::vector<TestTask>& tasks, TaskIndex first) {
  announced_.resize(tasks.size(), false);
  for (TaskIndex task = first; task < tasks.size(); ++task) {
    TaskRecord& record = table_->record(task);
    record.library = tasks[task].library;
    record.index = tasks[task].index;
  }
}

std::array<std::size_t, lane_count> Dispatcher::publish(std::size_t most) {
  std::array<std::size_t, lane_count> published{};
  if (plan_.cancelled()) {
    queue_.set_stop(Stop::soon);
    return published;
  }
  const std::uint64_t now = os::monotonic_ns();
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    const std::vector<TaskIndex> tasks = plan_.take(lane, std::min(most, queue_.room(lane)), now);
    for (const TaskIndex task : tasks) {
      const TaskState state{plan_.attempt(task), plan_.is_last_attempt(task), TaskPhase::queued};
      table_->record(task).state.store(state.pack(), std::memory_order_relaxed);
    }
    queue_.publish(lane, tasks);
    published[lane] = tasks.size();
    most -= tasks.size();
  }
  return published;
}

void Dispatcher::fetch(Batch& batch) {
  for (std::uint32_t slot = 0; slot < table_->slots_in_use(); ++slot) {
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
  for (; link != 0 && link <= plan_.planned() && tasks.size() < plan_.handed_out();
       link = table_->record(link - 1).next_finished) {
    tasks.push_back(link - 1);
  }
  std::reverse(tasks.begin(), tasks.end());
  const SlotFiles files = files_(slot_number);
  for (const TaskIndex task : tasks) {
    const TaskRecord& record = table_->record(task);
    add_finished(task, record.outcome, Plan::Retry::allowed, files, record, batch);
    last_finished_[slot_number] = task;
  }
  slot.fetched.fetch_add(static_cast<std::uint32_t>(tasks.size()), std::memory_order_release);
  os::futex_wake_all(slot.fetched);
}

void Dispatcher::add_finished(TaskIndex task, Outcome outcome, Plan::Retry retry, const SlotFiles& files,
                              const TaskRecord& record, Batch& batch) {
  FinishedColumns& columns = batch.finished;
  const std::uint64_t started = table_->header().started_ns + record.start_ns;
  columns.tasks.push_back(task);
  columns.outcomes.push_back(static_cast<std::uint8_t>(outcome));
  columns.workers.push_back(static_cast<std::uint8_t>(record.worker % workers_));
  columns.starts_ns.push_back(record.start_ns);
  columns.durations_ns.push_back(pauses_.between(started, started + record.duration_ns));
  columns.captures.push_back(files.capture);
  columns.output_begins.push_back(record.output_begin);
  columns.output_ends.push_back(record.output_end);
  columns.attempts.push_back(plan_.attempt(task));
  if (record.log_size > 0) {
    for (Report& report : ReportLog::read(files.report_log, record.log_begin, record.log_size)) {
      batch.reports.push_back({task, std::move(report)});
    }
  }
  const std::uint64_t now = os::monotonic_ns();
  const bool final = plan_.finish(task, outcome, retry, now) == Plan::Ending::final;
  columns.finals.push_back(final ? 1 : 0);
  columns.retry_delays_ns.push_back(final ? 0 : plan_.not_before_ns(task) - std::min(now, plan_.not_before_ns(task)));
  announced_[task] = final;  // the next attempt starts anew
  note_unmet(batch);
}

void Dispatcher::note_unmet(Batch& batch) {
  const std::vector<Unmet> unmet = plan_.take_unmet();
  batch.unmet.insert(batch.unmet.end(), unmet.begin(), unmet.end());
}

void Dispatcher::settle(std::uint32_t slot_number, const StartedAttempt& attempt, Outcome outcome, Plan::Retry retry,
                        Batch& batch) {
  const WorkerSlot& slot = table_->slot(slot_number);
  const TaskIndex task = attempt.task;
  const SlotFiles files = files_(slot_number);
  TaskRecord record{};
  const std::uint64_t started = slot.started_ns.load();
  record.worker = static_cast<std::uint8_t>(worker_of(slot));
  record.start_ns = started - table_->header().started_ns;
  record.duration_ns = os::monotonic_ns() - started;
  record.output_begin = slot.output_begin.load();
  record.output_end = files.output_size;
  record.log_begin = slot.log_begin.load();
  const std::uint64_t log_end = files.report_log == nullptr ? 0 : ReportLog::published_end(files.report_log);
  record.log_size = log_end > record.log_begin ? static_cast<std::uint32_t>(log_end - record.log_begin) : 0;
  last_finished_[slot_number] = task;
  add_finished(task, outcome, retry, files, record, batch);
  if (batch.finished.finals.back() != 0) {
    queue_.count_failure();
  }
}

void Dispatcher::record(std::uint32_t slot, TaskIndex task, Outcome outcome, const AttemptEnd& end, Plan::Retry retry,
                        Batch& batch) {
  TaskRecord record{};
  record.worker = static_cast<std::uint8_t>(worker_of(table_->slot(slot)));
  record.start_ns = end.start_ns - std::min(end.start_ns, table_->header().started_ns);
  record.duration_ns = end.duration_ns;
  record.output_begin = end.output_begin;
  record.output_end = end.output_end;
  add_finished(task, outcome, retry, files_(slot), record, batch);
  last_finished_[slot] = task;
  if (is_failure(outcome) && batch.finished.finals.back() != 0) {
    queue_.count_failure();
  }
}

void Dispatcher::drop(const std::function<bool(TaskIndex)>& predicate, Batch& batch) {
  const std::uint64_t now = os::monotonic_ns() - table_->header().started_ns;
  FinishedColumns& columns = batch.finished;
  for (const TaskIndex task : plan_.drop(predicate)) {
    columns.tasks.push_back(task);
    columns.outcomes.push_back(static_cast<std::uint8_t>(Outcome::error));
    columns.workers.push_back(0);
    columns.starts_ns.push_back(now);
    columns.durations_ns.push_back(0);
    columns.captures.push_back(0);
    columns.output_begins.push_back(0);
    columns.output_ends.push_back(0);
    columns.attempts.push_back(plan_.attempt(task));
    columns.finals.push_back(1);
    columns.retry_delays_ns.push_back(0);
    queue_.count_failure();
  }
  note_unmet(batch);
}

void Dispatcher::interrupt(std::uint32_t slot, const std::string& reason, std::optional<std::uint32_t> lane,
                           Batch& batch) {
  const StartedAttempt attempt = running_in(slot);
  if (announced_[attempt.task]) {
    batch.interrupted.push_back(cut_off(slot, attempt, reason));
    batch.interrupted.back().runs_again = !plan_.cancelled();
    announced_[attempt.task] = false;
  }
  lane ? plan_.give_back(attempt.task, *lane) : plan_.give_back(attempt.task);
}

void Dispatcher::abandon(std::uint32_t slot, const StartedAttempt& attempt, const std::string& reason, Batch& batch) {
  batch.interrupted.push_back(cut_off(slot, attempt, reason));
  plan_.abandon(attempt.task);
}

InterruptedAttempt Dispatcher::cut_off(std::uint32_t slot, const StartedAttempt& attempt,
                                       const std::string& reason) const {
  const SlotFiles files = files_(slot);
  return {attempt, reason, false, files.capture, table_->slot(slot).output_begin.load(), files.output_size};
}

void Dispatcher::note_started(Batch& batch) {
  batch.running.clear();
  for (std::uint32_t slot = 0; slot < table_->slots_in_use(); ++slot) {
    const StartedAttempt attempt = running_in(slot);
    if (!is_awaited(attempt)) {
      continue;
    }
    batch.running.push_back(attempt);
    if (!announced_[attempt.task]) {
      announced_[attempt.task] = true;
      batch.started.push_back(attempt);
    }
  }
}

// A wild write of a case may have been there.
std::uint32_t Dispatcher::worker_of(const WorkerSlot& slot) const { return slot.worker % workers_; }

StartedAttempt Dispatcher::running_in(std::uint32_t slot_number) const {
  const WorkerSlot& slot = table_->slot(slot_number);
  const std::uint64_t word = slot.current.load(std::memory_order_acquire);
  const std::uint64_t started = slot.started_ns.load(std::memory_order_relaxed);
  const Current current = Current::unpack(word);
  // Unchanged after the time was read: the two belong together.
  if (current.task >= plan_.planned() || slot.current.load(std::memory_order_acquire) != word) {
    return {};
  }
  return {current.task, current.attempt, worker_of(slot), started - table_->header().started_ns,
          pauses_.between(started, os::monotonic_ns())};
}

bool Dispatcher::is_awaited(const StartedAttempt& attempt) const {
  return attempt.task != no_task && plan_.is_handed_out(attempt.task) && plan_.attempt(attempt.task) == attempt.attempt;
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
