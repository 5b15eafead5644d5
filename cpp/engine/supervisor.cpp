#include "engine/supervisor.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <sstream>
#include <utility>

#include "engine/suspects.h"
#include "os/clock.h"
#include "os/descriptor_table.h"
#include "os/poll.h"
#include "pyharness/suite.h"

namespace pyharness {

namespace {

constexpr std::uint32_t poll_ms = 50;            // how often limits are looked at; events wake earlier
constexpr std::uint32_t leave_limit_ms = 5'000;  // for destructors of suites
constexpr std::uint32_t load_tries = 3;
constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint32_t trial_ms = 600;  // beyond what a suspect had already run
constexpr std::uint32_t most_trial_ms = 5'000;

std::string describe(const os::ExitStatus& status) {
  return status.signalled
             ? "was killed by signal " + std::to_string(status.number) + " (" + ::strsignal(status.number) + ")"
             : "ended with exit code " + std::to_string(status.number);
}

// A stack grows into its guard page; the fault is not far from the stack pointer, whatever the frame's size.
bool is_near(std::uint64_t address, std::uint64_t stack_pointer) {
  constexpr std::uint64_t frame_bytes = std::uint64_t{64} << 10U;
  return address + frame_bytes >= stack_pointer && address <= stack_pointer + frame_bytes;
}

// Whether a thread was there before the case that its worker runs. Thread times are cut to ticks of 10 ms: in doubt, it
// was not.
bool is_older(std::uint64_t thread_started_ns, const WorkerSlot& slot) {
  constexpr std::uint64_t coarseness_ns = 10 * ns_per_ms;
  const std::uint64_t case_started_ns = slot.started_ns.load() + os::boot_offset_ns();
  return slot.current.load() != 0 && thread_started_ns + coarseness_ns < case_started_ns;
}

HostSetup setup_for(const RunOptions& options, const os::FileDescriptor& table, const os::Wakeup& wakeup) {
  HostSetup setup;
  setup.program = options.host_program;
  setup.own_tables = os::can_unshare_descriptor_table();
  // Without tables of their own, workers would write into each other's output.
  setup.workers = setup.own_tables ? options.workers : 1;
  setup.captured = options.captured;
  setup.table = table.number();
  setup.wakeup = wakeup.descriptor();
  return setup;
}

std::uint32_t limit_or_none(std::uint64_t limit_ms) {
  return limit_ms == 0 ? UINT32_MAX : static_cast<std::uint32_t>(std::min<std::uint64_t>(limit_ms, UINT32_MAX));
}

}  // namespace

Supervisor::Supervisor(RunOptions options)
    : options_(std::move(options)),
      table_file_(os::make_memory_file("pyharness-run")),
      setup_(setup_for(options_, table_file_, wakeup_)),
      hosts_(setup_),
      made_ns_(os::monotonic_ns()) {}

Supervisor::~Supervisor() { close(); }

void Supervisor::close() {
  loading_.reset();
  hosts_.kill_all();
  over_ = true;
}

// ---- loading

std::vector<LoadedLibrary> Supervisor::load(const std::vector<std::string>& paths, const std::function<bool()>& go_on) {
  std::vector<LoadedLibrary> loaded;
  loaded.reserve(paths.size());
  for (const std::string& path : paths) {
    loaded.push_back(load_one(static_cast<std::uint32_t>(loaded.size()), path,
                              [&] { return go_on() && !cancelled_early_ && !global_limit_has_passed(); }));
  }
  return loaded;
}

LoadedLibrary Supervisor::load_one(std::uint32_t library, const std::string& path, const std::function<bool()>& go_on) {
  hosts_.listings().push_back(nullptr);
  if (!go_on()) {
    return {LoadFailure{LoadFailure::Kind::cancelled, {}, {}}, {}};
  }
  if (loading_ == nullptr) {
    loading_ = hosts_.fresh_process();
  }
  auto result = loading_->load(library, path, limit_or_none(options_.load_timeout_ms), go_on);
  LoadedLibrary loaded{LoadFailure{}, loading_->take_load_output()};
  if (auto* listing = std::get_if<SuiteListing>(&result)) {
    hosts_.listings().back() = std::make_shared<const SuiteListing>(std::move(*listing));
    loaded.result = hosts_.listings().back();
    return loaded;
  }
  const auto& failure = std::get<LoadFailure>(result);
  loaded.result = failure;
  if (failure.kind != LoadFailure::Kind::refused) {
    loading_.reset();
  }
  return loaded;
}

// ---- the run

void Supervisor::start(std::vector<TestTask> tasks) {
  tasks_ = std::move(tasks);
  const auto planned = static_cast<std::uint32_t>(tasks_.size());
  table_ = std::make_unique<RunTable>(table_file_.number(), planned, setup_.workers, setup_.workers + 2);
  dispatcher_ = std::make_unique<Dispatcher>(*table_, tasks_, options_.max_fail,
                                             [this](std::uint32_t slot) { return hosts_.files_of(slot); });
  dispatcher_->publish();
  hosts_.begin_run(*table_, std::move(loading_));
  if (cancelled_early_) {
    cancel(Stop::now);
  }
}

void Supervisor::wait(std::uint32_t limit_ms, Batch& batch) {
  batch.over = over_;
  if (over_) {
    return;
  }
  hosts_.forget_buried();
  std::vector<int> watched = hosts_.descriptors();
  watched.push_back(wakeup_.descriptor());
  os::wait_readable(watched, std::min(limit_ms, until_next_limit_ms()));
  wakeup_.clear();
  if (notice_crash(batch)) {
    return;
  }
  dispatcher_->fetch(batch);
  notice_deaths(batch);
  if (!over_) {
    enforce_case_limits(batch);
    clear_away_retired(batch);
    recover_lost_claims(batch);
    enforce_run_limits(batch);
  }
  if (!over_) {
    dispatcher_->publish();
    if (dispatcher_->plan().done() || (dispatcher_->plan().cancelled() && all_hosts_left())) {
      let_hosts_leave(batch);
      finish(batch);
    }
  }
  batch.over = over_;
}

void Supervisor::cancel(Stop stop) {
  if (over_) {
    return;
  }
  if (dispatcher_ == nullptr) {
    cancelled_early_ = true;
    return;
  }
  dispatcher_->plan().cancel();
  dispatcher_->queue().set_stop(stop);
  // Never later than was said before.
  const std::uint64_t deadline = stop == Stop::now ? 0 : os::monotonic_ns() + options_.grace_ms * ns_per_ms;
  cancel_deadline_ns_ = std::min(cancel_deadline_ns_, deadline);
  wakeup_.ring();
}

// Ends the run: kills what is left, and fetches what was finished until then.
void Supervisor::finish(Batch& batch) {
  dispatcher_->plan().cancel();
  hosts_.kill_all();
  dispatcher_->fetch(batch);
  for (const StartedAttempt& attempt : std::exchange(batch.running, {})) {
    dispatcher_->plan().abandon(attempt.task);
  }
  over_ = true;
  batch.over = true;
}

// After a cancellation, when the cases that were running have ended.
bool Supervisor::all_hosts_left() const {
  return std::all_of(hosts_.all().begin(), hosts_.all().end(), [&](const auto& host) {
    return hosts_.phase(*host) == HostPhase::leaving || !hosts_.holds_place(*host);
  });
}

void Supervisor::let_hosts_leave(Batch& batch) {
  dispatcher_->queue().close();
  for (const auto& host : hosts_.all()) {
    auto& process = host->process.process();
    if (hosts_.phase(*host) == HostPhase::loading || host->retired) {
      process.signal_group(SIGKILL);
      process.wait(1000);
      continue;
    }
    const auto status = process.wait(leave_limit_ms);
    if (!status) {
      batch.host_failures.push_back("the suites took more than " + std::to_string(leave_limit_ms / 1000) +
                                    " s to unload and were killed; look for a destructor or exit handler that hangs");
    } else if (*status != os::ExitStatus{}) {
      batch.host_failures.push_back(
          "the host " + describe(*status) +
          " while the suites were unloaded; look for a destructor or exit handler that crashes");
    }
  }
}

// ---- limits

std::uint64_t Supervisor::limit_ns(TaskIndex task) const {
  const std::uint64_t own = tasks_[task].details().timeout_ms;
  return (own == CaseDetails::default_timeout ? options_.timeout_ms : own) * ns_per_ms;
}

Report Supervisor::why_late(TaskIndex task) const {
  const CaseDetails& details = tasks_[task].details();
  std::ostringstream text;
  text << "did not end within " << static_cast<double>(limit_ns(task)) / 1e9 << " s, "
       << (details.timeout_ms == CaseDetails::default_timeout ? "the limit of this run" : "its own limit");
  return {PYHARNESS_REPORT_FAILURE, details.line, details.file, text.str()};
}

// How long nothing needs to be looked at: until the first running case exceeds its limit, but never longer than a poll,
// since cases start without telling.
std::uint32_t Supervisor::until_next_limit_ms() const {
  std::uint64_t nearest_ns = poll_ms * ns_per_ms;
  for (const auto& host : hosts_.all()) {
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const StartedAttempt attempt = dispatcher_->running_in(hosts_.slot(*host, worker));
      if (attempt.task != no_task && limit_ns(attempt.task) > attempt.elapsed_ns) {
        nearest_ns = std::min(nearest_ns, limit_ns(attempt.task) - attempt.elapsed_ns);
      }
    }
  }
  return static_cast<std::uint32_t>(nearest_ns / ns_per_ms + 1);
}

void Supervisor::enforce_case_limits(Batch& batch) {
  const std::size_t host_count = hosts_.all().size();  // retiring adds hosts that have run nothing yet
  for (std::size_t at = 0; at < host_count; ++at) {
    Host& host = *hosts_.all()[at];
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const std::uint32_t slot = hosts_.slot(host, worker);
      const StartedAttempt attempt = dispatcher_->running_in(slot);
      if (attempt.task == no_task || limit_ns(attempt.task) == 0 || attempt.elapsed_ns < limit_ns(attempt.task)) {
        continue;
      }
      TaskState expected = TaskState::running;
      if (table_->record(attempt.task).state.compare_exchange_strong(expected, TaskState::timed_out)) {
        dispatcher_->settle(attempt.task, Outcome::timeout, slot, batch);
        batch.reports.push_back({attempt.task, why_late(attempt.task)});
        retire(host);
        hosts_.pass_place_on(host, worker);
      }
    }
  }
}

void Supervisor::retire(Host& host) {
  if (!host.retired) {
    hosts_.retire(host);
    dispatcher_->queue().wake_workers();
  }
}

void Supervisor::clear_away_retired(Batch& batch) {
  const std::vector<Host*> killed = hosts_.kill_abandoned();
  if (killed.empty()) {
    return;
  }
  dispatcher_->fetch(batch);  // what was finished up to the end; with the burial, its slots and files are gone
  for (const Host* host : killed) {
    bury(*host);
  }
}

void Supervisor::bury(const Host& host) {
  dispatcher_->reclaim(host.number);
  hosts_.bury(host);
}

bool Supervisor::global_limit_has_passed() const {
  return options_.global_timeout_ms != 0 && os::monotonic_ns() >= made_ns_ + options_.global_timeout_ms * ns_per_ms;
}

void Supervisor::enforce_run_limits(Batch& batch) {
  const std::uint64_t now = os::monotonic_ns();
  const bool global_limit = global_limit_has_passed();
  if (!global_limit && now < cancel_deadline_ns_) {
    return;
  }
  batch.timed_out = global_limit;
  hosts_.kill_all();
  batch.running.clear();
  dispatcher_->fetch(batch);
  for (const StartedAttempt& attempt : batch.running) {
    for (const auto& host : hosts_.all()) {
      const std::uint32_t slot = hosts_.slot(*host, attempt.worker);
      if (global_limit && dispatcher_->running_in(slot).task == attempt.task) {
        dispatcher_->settle(attempt.task, Outcome::timeout, slot, batch);
      }
    }
  }
  finish(batch);
}

// ---- deaths

bool Supervisor::notice_crash(Batch& batch) {
  const std::uint32_t panic = table_->header().panic.load(std::memory_order_acquire);
  if (panic == 0 || panic > table_->slot_count()) {
    return false;
  }
  panic_of_slot(panic - 1, batch);
  return true;
}

std::uint64_t Supervisor::load_limit_ns() const {
  return options_.load_timeout_ms == 0 ? UINT64_MAX : options_.load_timeout_ms * ns_per_ms;
}

void Supervisor::notice_deaths(Batch& batch) {
  for (std::size_t at = 0; at < hosts_.all().size() && !over_; ++at) {
    Host& host = *hosts_.all()[at];
    if (hosts_.phase(host) == HostPhase::loading && os::monotonic_ns() - host.started_ns > load_limit_ns()) {
      host.process.process().signal_group(SIGKILL);
      host.process.process().wait(1000);
    }
    const auto status = host.process.process().wait(0);
    if (!status || hosts_.phase(host) == HostPhase::leaving) {
      continue;  // how it left is looked at when the run is over
    }
    dispatcher_->fetch(batch);
    if (hosts_.phase(host) == HostPhase::loading) {
      give_up_on_loading(*status, host, batch);
      return;
    }
    // The guard may have got as far as the record, but not to the panic word.
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const std::uint32_t slot = hosts_.slot(host, worker);
      if (table_->slot(slot).crash.kind.load(std::memory_order_acquire) != CrashKind::none) {
        panic_of_slot(slot, batch);
        return;
      }
    }
    panic_without_trace(host, *status, batch);
  }
}

void Supervisor::give_up_on_loading(const os::ExitStatus& status, Host& host, Batch& batch) {
  const std::string output = host.process.take_load_output();
  bury(host);
  if (++failed_loads_ < load_tries) {
    hosts_.replace();
    return;
  }
  batch.host_failures.push_back("a host that was to take over " + describe(status) +
                                " while it loaded the suites again, " + std::to_string(load_tries) + " times" +
                                (output.empty() ? "" : "; it printed: " + output));
  finish(batch);
}

void Supervisor::panic_of_slot(std::uint32_t slot, Batch& batch) {
  hosts_.kill_all();
  dispatcher_->fetch(batch);
  const CrashRecord& crash = table_->slot(slot).crash;
  CrashReport report;
  report.kind = crash.kind.load(std::memory_order_acquire);
  report.signal = crash.signal;
  report.exit_code = crash.exit_code;
  report.address = crash.address;
  report.stack_overflow = crash.signal == SIGSEGV && is_near(crash.address, crash.stack_pointer);
  report.left_over = crash.thread_started_ns != 0 && is_older(crash.thread_started_ns, table_->slot(slot));
  report.frames.assign(crash.frames,
                       crash.frames + std::min<std::size_t>(crash.frame_count.load(), CrashRecord::most_frames));
  report.maps.assign(crash.maps, std::min<std::size_t>(crash.map_bytes.load(), CrashRecord::most_map_bytes));
  settle_crash(report, slot, batch);
  batch.crash = std::move(report);
  // Others that crashed in the same moment crashed, too.
  for (std::uint32_t other = 0; other < table_->header().hosts_in_use.load() * setup_.workers; ++other) {
    if (other != slot && table_->slot(other).crash.kind.load() != CrashKind::none) {
      CrashReport second;
      settle_crash(second, other, batch);
    }
  }
  finish(batch);
}

// Names the slot's case as the one that crashed, with its output. Without one that has no result yet, the case that
// timed out there, or that ran there last, is suspected.
void Supervisor::settle_crash(CrashReport& report, std::uint32_t slot, Batch& batch) {
  const StartedAttempt attempt = dispatcher_->running_in(slot);
  report.worker = slot % setup_.workers;
  report.capture = hosts_.files_of(slot).capture;
  report.output_begin = table_->slot(slot).output_begin.load();
  report.output_end = UINT64_MAX;
  if (report.left_over) {
    if (dispatcher_->last_finished_in(slot) != no_task) {
      report.suspects.push_back(dispatcher_->last_finished_in(slot));
    }
  } else if (attempt.task != no_task && dispatcher_->plan().is_handed_out(attempt.task)) {
    report.task = attempt.task;
    dispatcher_->settle(attempt.task, Outcome::crash, slot, batch);
  } else if (attempt.task != no_task || dispatcher_->last_finished_in(slot) != no_task) {
    report.suspects.push_back(attempt.task != no_task ? attempt.task : dispatcher_->last_finished_in(slot));
  }
}

void Supervisor::panic_without_trace(Host& host, const os::ExitStatus& status, Batch& batch) {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    const std::uint32_t slot = hosts_.slot(host, worker);
    const StartedAttempt attempt = dispatcher_->running_in(slot);
    if (attempt.task != no_task && dispatcher_->plan().is_handed_out(attempt.task)) {
      slots.push_back(slot);
    }
  }
  hosts_.kill_all();
  name_culprit(slots, status, batch);
  finish(batch);
}

void Supervisor::name_culprit(const std::vector<std::uint32_t>& slots, const os::ExitStatus& status, Batch& batch) {
  CrashReport report;
  (status.signalled ? report.signal : report.exit_code) = status.number;
  std::vector<TestTask> suspects;
  std::uint64_t longest_ms = 0;
  for (const std::uint32_t slot : slots) {
    const StartedAttempt attempt = dispatcher_->running_in(slot);
    report.suspects.push_back(attempt.task);
    suspects.push_back(tasks_[attempt.task]);
    longest_ms = std::max(longest_ms, attempt.elapsed_ns / ns_per_ms);
  }
  std::optional<std::size_t> culprit;
  if (slots.size() == 1) {
    culprit = 0;
    report.suspects.clear();
  } else if (slots.size() > 1) {
    culprit = find_culprit(setup_, suspects, status,
                           static_cast<std::uint32_t>(std::min<std::uint64_t>(trial_ms + longest_ms, most_trial_ms)));
  }
  if (culprit) {
    settle_crash(report, slots[*culprit], batch);
  }
  batch.crash = std::move(report);
}

// A host that was killed in the middle of a claim had tasks that stand nowhere any more. Visible once nothing is queued
// or left in a batch, then all live workers sleep (a sleeping worker holds none), and still the plan waits. In this
// order: a worker that took a task before the first look is awake at the second, or has put it on its finished list.
void Supervisor::recover_lost_claims(Batch& batch) {
  if (!hosts_.one_has_died() || dispatcher_->plan().handed_out() == 0 || !dispatcher_->queue().is_empty()) {
    return;
  }
  for (const auto& host : hosts_.all()) {
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      if (hosts_.holds_place(*host, worker) && table_->slot(hosts_.slot(*host, worker)).asleep.load() == 0) {
        return;
      }
    }
  }
  const std::size_t known = batch.finished.tasks.size();
  dispatcher_->fetch(batch);
  if (batch.finished.tasks.size() == known) {
    dispatcher_->give_back_lost();
    hosts_.forget_deaths();
  }
}

}  // namespace pyharness
