#include "engine/case_worker.h"

#include <unistd.h>

#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "engine/crash_guard.h"
#include "os/clock.h"
#include "os/fatal_signal.h"
#include "os/futex.h"
#include "os/running_threads.h"
#include "os/wakeup.h"

namespace pyharness {

namespace {

constexpr std::uint32_t sleep_limit_ms = 1000;
// Exit code of a host whose worker has no capture (any more): going on would mix outputs or lose them without a word.
constexpr int capture_lost = 70;

}  // namespace

CaseWorker::CaseWorker(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites,
                       const PoolOptions& options, ProcessWatch& process_watch, std::uint32_t seat)
    : table_(&table),
      suites_(&suites),
      options_(&options),
      process_watch_(&process_watch),
      seat_(seat),
      slot_number_(table.host(options.host).first_slot + seat),
      slot_(&table.slot(slot_number_)),
      queue_(table, slot_number_),
      pushed_(slot_->fetched.load()),
      context_(slot_number_, options.report_logs + seat * ReportLog::bytes_per_worker, &slot_->failed_in_child) {}

void CaseWorker::run() {
  while (wait_for_place()) {
    const auto task = next();
    if (task && !run_task(*task)) {
      return;  // the supervisor has passed the place on already
    }
    if (!task && queue_.goes_on()) {
      queue_.follow_work();
    }
  }
  queue_.pass_place_on();
  os::Wakeup::ring(options_->wakeup);
}

// False: the worker shall leave.
bool CaseWorker::wait_for_place() {
  while (queue_.goes_on()) {
    if (queue_.holds_place()) {
      return true;
    }
    queue_.sleep_without_place(sleep_limit_ms);
  }
  return false;
}

void CaseWorker::attach() {
  if (!capture_.attach(options_->capture_files[seat_], options_->table, options_->streams,
                       options_->keeper == 0 ? ::getpid() : options_->keeper)) {
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
  // Working directory and umask of its own: cases on other workers do not see what this one's change.
  const bool own_view = os::unshare_file_system_view();
  leftovers_ = std::make_unique<Leftovers>(options_->leaks, *process_watch_,
                                           own_view ? os::ViewScope::thread : os::ViewScope::process, capture_.id(),
                                           slot_number_, table_->host(options_->host).seats);
  slot_->process.store(::getpid());
  slot_->thread.store(os::this_thread());
}

std::uint64_t CaseWorker::captured() {
  const auto bytes = capture_.settle();
  if (!bytes) {
    ::_exit(capture_lost);
  }
  return *bytes;
}

// Nothing: there is nothing to do here; another lane may have work, or the worker shall leave.
std::optional<TaskIndex> CaseWorker::next() {
  if (auto task = queue_.try_next()) {
    return task;
  }
  // The supervisor may have something to publish, or may find that this was all.
  os::Wakeup::ring(options_->wakeup);
  return queue_.next_or_sleep(sleep_limit_ms);
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
  using Ending = std::function<void()>;

  explicit EndedThread(CaseWorker& worker, Ending ending) : worker_(&worker), ending_(std::move(ending)) {}
  EndedThread(const EndedThread&) = delete;
  EndedThread& operator=(const EndedThread&) = delete;
  ~EndedThread() {
    if (crash_guard::in_forked_child()) {
      ::_exit(0);
    }
    if (worker_ != nullptr) {
      worker_->context_.add_failure("the case ended the thread that it was run on (pthread_exit, or a cancellation)");
      ending_();
    }
  }
  void disarm() { worker_ = nullptr; }

 private:
  CaseWorker* worker_;
  Ending ending_;
};

bool CaseWorker::run_task(TaskIndex task) {
  begin(task);
  // Lost, and its case was handed out before.
  const std::uint32_t library = table_->record(task).library;
  if (library >= suites_->size() || (*suites_)[library] == nullptr) {
    context_.add_failure("its suite could not be loaded in a new host");
    context_.end(PYHARNESS_PASS);
    ended_ns_ = os::monotonic_ns();
    return finish(task, Outcome::error);
  }
  return slot_->lane == lane_of(Isolation::fork) ? run_forked(task) : run_here(task);
}

void CaseWorker::begin(TaskIndex task) {
  TaskRecord& record = table_->record(task);
  context_.begin(log_is_fetched());
  log_begin_ = context_.log().position();
  state_ = record.load().in(TaskPhase::running);
  record.state.store(state_.pack(), std::memory_order_relaxed);
  // Released: who sees it finds all earlier cases on the finished list, if they have not been fetched.
  slot_->output_begin.store(output_begin_, std::memory_order_release);
  slot_->log_begin.store(log_begin_, std::memory_order_relaxed);
  slot_->started_ns.store(os::monotonic_ns(), std::memory_order_relaxed);
  slot_->current.store(Current{task, state_.attempt}.pack());
  process_watch_->enter();
}

bool CaseWorker::run_here(TaskIndex task) {
  const TaskRecord& record = table_->record(task);
  const auto end_profile = [&] {
    if (options_->profiles != nullptr) {
      options_->profiles->end_case(record.library, record.index);
    }
  };
  EndedThread ended_thread(*this, [&] {
    ended_ns_ = os::monotonic_ns();
    end_profile();
    finish(task, context_.end(PYHARNESS_FAIL));
  });
  if (options_->profiles != nullptr) {
    options_->profiles->begin_case();
  }
  const std::uint32_t returned = (*suites_)[record.library]->run(context_, record.index);
  ended_thread.disarm();
  if (crash_guard::in_forked_child()) {
    ::_exit(0);  // a child that the case has forked came back from it; the host's own worker goes on in the host
  }
  crash_guard::die_of_leaks();
  ended_ns_ = os::monotonic_ns();
  end_profile();
  add_leaks(leftovers_->look(ended_ns_ - slot_->started_ns.load(std::memory_order_relaxed)));
  return finish(task, context_.end(returned));
}

// The attempt is still open: what is found counts for it.
void CaseWorker::add_leaks(const std::vector<Leak>& leaks) {
  for (const Leak& leak : leaks) {
    if (options_->leaks == Leaks::fail && leak.certain) {
      context_.add_failure("the case " + leak.message);
    } else {
      context_.add_leak(leak.certain ? report_leak : report_uncertain_leak, leak.message);
    }
  }
}

bool CaseWorker::run_forked(TaskIndex task) {
  const std::uint32_t settled = slot_->settled.load();
  slot_->forked_outcome.store(static_cast<std::uint32_t>(Outcome::none));
  os::ForkedProcess::End end;
  try {
    os::ForkedProcess child([&] { run_in_child(task); });
    const pid_t process = child.id();
    end = child.wait([&] { return table_->header().suspensions.load(); });
    if (options_->profiles != nullptr) {
      options_->profiles->take_process(process);
    }
  } catch (const std::system_error& error) {
    ended_ns_ = os::monotonic_ns();
    context_.add_failure(std::string(error.what()) + "; look at the limits of processes and memory");
    return finish(task, Outcome::error);
  }
  ended_ns_ = os::monotonic_ns();
  slot_->process.store(::getpid());
  slot_->thread.store(os::this_thread());
  context_.log().follow();
  const auto outcome = static_cast<Outcome>(slot_->forked_outcome.load());
  add_leaks(leftovers_->look_for_processes());
  const bool leaked = context_.end(PYHARNESS_PASS) == Outcome::fail;
  if (outcome != Outcome::none && end.status == os::ExitStatus{}) {
    return finish(task, leaked ? Outcome::fail : outcome);
  }
  if (!is_mine(task)) {
    leave_case();
    return false;
  }
  tell_death(end);
  return wait_until_settled(task, settled);
}

// In the child, as if it were the host: its crash is the case's, its results go to the same table.
void CaseWorker::run_in_child(TaskIndex task) {
  crash_guard::take_over();
  context_.enter_process();
  slot_->process.store(::getpid());
  slot_->thread.store(os::this_thread());
  const auto tell = [&](std::uint32_t returned) {
    if (options_->profiles != nullptr) {
      options_->profiles->end_in_process();
    }
    slot_->forked_outcome.store(static_cast<std::uint32_t>(context_.end(returned)));
  };
  EndedThread ended_thread(*this, [&] {
    tell(PYHARNESS_FAIL);
    ::_exit(0);
  });
  const TaskRecord& record = table_->record(task);
  if (options_->profiles != nullptr) {
    options_->profiles->begin_in_process();
  }
  const std::uint32_t returned = (*suites_)[record.library]->run(context_, record.index);
  ended_thread.disarm();
  if (!crash_guard::in_forked_child()) {
    crash_guard::die_of_leaks();
    tell(returned);
  }
}

// The process of the case died. Its guard has noted why, or this does.
void CaseWorker::tell_death(const os::ForkedProcess::End& end) {
  const os::ExitStatus& status = end.status;
  crash_guard::note_end(slot_number_, end.stopped ? CrashKind::stopped : CrashKind::died,
                        status.signalled ? status.number : 0, status.signalled ? 0 : status.number);
  slot_->forked_outcome.store(static_cast<std::uint32_t>(Outcome::crash));
  os::Wakeup::ring(options_->wakeup);
}

// Until the supervisor has made a result of it.
bool CaseWorker::wait_until_settled(TaskIndex task, std::uint32_t before) {
  while (is_mine(task) && queue_.goes_on() && slot_->settled.load() == before) {
    os::futex_wait(slot_->settled, before, sleep_limit_ms);
  }
  output_begin_ = captured();
  leave_case();
  return slot_->settled.load() != before;
}

bool CaseWorker::is_mine(TaskIndex task) const { return table_->record(task).state.load() == state_.pack(); }

// False: the attempt was given up on in the meantime.
bool CaseWorker::finish(TaskIndex task, Outcome outcome) {
  std::uint32_t expected = state_.pack();
  const bool in_time = table_->record(task).state.compare_exchange_strong(
      expected, state_.in(TaskPhase::finished).pack(), std::memory_order_acq_rel);
  if (in_time) {
    record(task, outcome);
    push_finished(task);
  }
  leave_case();
  if (in_time && is_failure(outcome)) {
    if (state_.last) {
      WorkQueue(*table_).count_failure();
    }
    os::Wakeup::ring(options_->wakeup);
  }
  return in_time;
}

void CaseWorker::leave_case() { slot_->current.store(0, std::memory_order_release); }

void CaseWorker::record(TaskIndex task, Outcome outcome) {
  TaskRecord& record = table_->record(task);
  const std::uint64_t started = slot_->started_ns.load(std::memory_order_relaxed);
  const std::uint64_t output_end = captured();
  record.duration_ns = ended_ns_ - started;
  record.start_ns = started - table_->header().started_ns;
  record.outcome = outcome;
  record.worker = static_cast<std::uint8_t>(slot_->worker);
  record.output_begin = output_begin_;
  record.output_end = output_end;
  record.log_begin = log_begin_;
  record.log_size = static_cast<std::uint32_t>(context_.log().position() - log_begin_);
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
