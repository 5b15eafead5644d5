#include "engine/case_worker.h"

#include <unistd.h>

#include "engine/crash_guard.h"
#include "os/clock.h"
#include "os/fatal_signal.h"
#include "os/futex.h"
#include "os/wakeup.h"

namespace pyharness {

namespace {

constexpr std::uint32_t sleep_limit_ms = 1000;
// Exit code of a host whose worker has no capture (any more): going on would mix outputs or lose them without a word.
constexpr int capture_lost = 70;

}  // namespace

CaseWorker::CaseWorker(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites,
                       const PoolOptions& options, std::uint32_t worker)
    : table_(&table),
      suites_(&suites),
      options_(&options),
      worker_(worker),
      slot_(&table.slot(table.slot_number(options.host, worker))),
      queue_(table, options.host, worker),
      pushed_(slot_->fetched.load()),
      context_(table.slot_number(options.host, worker), options.report_logs + worker * ReportLog::bytes_per_worker,
               &slot_->failed_in_child) {}

void CaseWorker::run() {
  const os::AlternateStack signal_stack;
  attach();
  if (!wait_for_place()) {
    return;
  }
  bool wanted = true;
  while (wanted) {
    const auto task = next();
    wanted = task && run_task(*task);
    if (!task) {
      pass_place_on();
    }
  }
}

bool CaseWorker::wait_for_place() {
  std::atomic<std::uint32_t>& holder = table_->place(worker_).holder;
  for (;;) {
    const std::uint32_t seen = holder.load();
    if (seen == options_->host + 1) {
      return true;
    }
    if (!queue_.goes_on()) {
      return false;
    }
    os::futex_wait(holder, seen, sleep_limit_ms);
  }
}

void CaseWorker::pass_place_on() {
  Place& place = table_->place(worker_);
  std::uint32_t mine = options_->host + 1;
  const std::uint32_t heir = table_->header().active_host.load() + 1;
  if (heir != mine && place.holder.compare_exchange_strong(mine, heir)) {
    os::futex_wake_all(place.holder);
  }
  os::Wakeup::ring(options_->wakeup);
}

void CaseWorker::attach() {
  if (!capture_.attach(options_->capture_files[worker_], options_->table, options_->streams)) {
    ::_exit(capture_lost);
  }
  if (options_->table == Capture::Table::own) {
    for (const int descriptor : options_->closed_in_workers) {
      if (descriptor != capture_marker && descriptor != options_->wakeup) {
        ::close(descriptor);
      }
    }
  }
  output_begin_ = captured();
  context_.enter_thread(capture_.id());
}

std::uint64_t CaseWorker::captured() {
  const auto bytes = capture_.settle();
  if (!bytes) {
    ::_exit(capture_lost);
  }
  return *bytes;
}

std::optional<TaskIndex> CaseWorker::next() {
  if (auto task = queue_.try_next()) {
    return task;
  }
  // The supervisor may have something to publish, or may find that this was all.
  os::Wakeup::ring(options_->wakeup);
  while (queue_.goes_on()) {
    if (auto task = queue_.next_or_sleep(sleep_limit_ms)) {
      return task;
    }
  }
  return std::nullopt;
}

bool CaseWorker::log_is_fetched() {
  const auto all_fetched = [&] { return slot_->fetched.load(std::memory_order_acquire) == pushed_; };
  if (context_.log().nearly_full() && !all_fetched()) {
    // The supervisor needs a moment to read the reports that fill the log; a bound, in case that it is stopped.
    os::Wakeup::ring(options_->wakeup);
    for (int tries = 0; tries < 10 && !all_fetched(); ++tries) {
      os::futex_wait(slot_->fetched, slot_->fetched.load(), sleep_limit_ms);
    }
  }
  return all_fetched();
}

// A case may end its thread (pthread_exit): then the stack is unwound, and this is all of the worker that still runs.
class CaseWorker::EndedThread {
 public:
  EndedThread(CaseWorker& worker, TaskIndex task, std::uint64_t log_begin)
      : worker_(&worker), task_(task), log_begin_(log_begin) {}
  EndedThread(const EndedThread&) = delete;
  EndedThread& operator=(const EndedThread&) = delete;
  ~EndedThread() {
    if (crash_guard::in_forked_child()) {
      ::_exit(0);
    }
    if (worker_ != nullptr) {
      worker_->context_.add_failure("the case ended the thread that it was run on (pthread_exit, or a cancellation)");
      worker_->finish_task(task_, PYHARNESS_FAIL, log_begin_);
    }
  }
  void disarm() { worker_ = nullptr; }

 private:
  CaseWorker* worker_;
  TaskIndex task_;
  std::uint64_t log_begin_;
};

bool CaseWorker::run_task(TaskIndex task) {
  TaskRecord& record = table_->record(task);
  context_.begin(log_is_fetched());
  const std::uint64_t log_begin = context_.log().position();
  const std::uint64_t started = os::monotonic_ns();
  record.state.store(TaskState::running, std::memory_order_relaxed);
  slot_->output_begin.store(output_begin_, std::memory_order_relaxed);
  slot_->log_begin.store(log_begin, std::memory_order_relaxed);
  slot_->started_ns.store(started, std::memory_order_relaxed);
  slot_->current.store(task + 1, std::memory_order_release);
  EndedThread ended_thread(*this, task, log_begin);
  const std::uint32_t returned = (*suites_)[record.library]->run(context_, record.index);
  ended_thread.disarm();
  if (crash_guard::in_forked_child()) {
    ::_exit(0);  // a child that the case has forked came back from it; the host's own worker goes on in the host
  }
  return finish_task(task, returned, log_begin);
}

bool CaseWorker::finish_task(TaskIndex task, std::uint32_t returned, std::uint64_t log_begin) {
  TaskRecord& record = table_->record(task);
  this->record(task, context_.end(returned), log_begin);
  TaskState expected = TaskState::running;
  const bool in_time = record.state.compare_exchange_strong(expected, TaskState::finished, std::memory_order_acq_rel);
  if (in_time) {
    push_finished(task);
  }
  slot_->current.store(0, std::memory_order_release);
  if (in_time && record.outcome == Outcome::fail) {
    WorkQueue(*table_).count_failure();
    os::Wakeup::ring(options_->wakeup);
  }
  return in_time;
}

void CaseWorker::record(TaskIndex task, Outcome outcome, std::uint64_t log_begin) {
  TaskRecord& record = table_->record(task);
  const std::uint64_t started = slot_->started_ns.load(std::memory_order_relaxed);
  const std::uint64_t output_end = captured();
  record.duration_ns = os::monotonic_ns() - started;
  record.start_ns = started - table_->header().started_ns;
  record.outcome = outcome;
  record.worker = static_cast<std::uint8_t>(worker_);
  record.host = static_cast<std::uint16_t>(options_->host);
  record.output_begin = output_begin_;
  record.output_end = output_end;
  record.log_begin = log_begin;
  record.log_size = static_cast<std::uint32_t>(context_.log().position() - log_begin);
  output_begin_ = output_end;
}

void CaseWorker::push_finished(TaskIndex task) {
  // The supervisor takes the whole list by exchange, nobody else pushes: no ABA.
  ++pushed_;
  std::uint32_t head = slot_->finished.load(std::memory_order_relaxed);
  do {
    table_->record(task).next_finished = head;
  } while (
      !slot_->finished.compare_exchange_weak(head, task + 1, std::memory_order_release, std::memory_order_relaxed));
}

}  // namespace pyharness
