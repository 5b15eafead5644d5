#include "engine/supervisor.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "engine/suspects.h"
#include "os/clock.h"
#include "os/descriptor_table.h"
#include "os/futex.h"
#include "os/poll.h"

namespace pyharness {

namespace {

constexpr std::uint32_t poll_ms = 50;            // how often limits are looked at; events wake earlier
constexpr std::uint32_t leave_limit_ms = 5'000;  // for destructors of suites
constexpr std::uint32_t load_tries = 3;
constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint32_t trial_ms = 600;  // beyond what a suspect had already run
constexpr std::uint32_t most_trial_ms = 5'000;

std::string describe(const os::ExitStatus& status) {
  return status.signalled ? "was killed by signal " + std::to_string(status.number)
                          : "ended with exit code " + std::to_string(status.number);
}

}  // namespace

Supervisor::Supervisor(RunOptions options)
    : options_(std::move(options)), table_file_(os::make_memory_file("pyharness-run")) {
  setup_.program = options_.host_program;
  setup_.own_tables = os::can_unshare_descriptor_table();
  // Without tables of their own, workers would write into each other's output.
  setup_.workers = setup_.own_tables ? options_.workers : 1;
  setup_.captured = options_.captured;
  setup_.table = table_file_.number();
  setup_.wakeup = wakeup_.descriptor();
}

Supervisor::~Supervisor() { close(); }

void Supervisor::close() {
  kill_hosts();
  over_ = true;
}

// ---- loading

std::unique_ptr<HostProcess> Supervisor::fresh_process() {
  auto process = std::make_unique<HostProcess>(setup_);
  for (std::uint32_t library = 0; library < listings_.size(); ++library) {
    if (listings_[library] != nullptr) {
      process->reload(library, *listings_[library]);
    }
  }
  return process;
}

std::vector<LoadedLibrary> Supervisor::load(const std::vector<std::string>& paths) {
  std::vector<LoadedLibrary> loaded;
  loaded.reserve(paths.size());
  for (const std::string& path : paths) {
    loaded.push_back(load_one(static_cast<std::uint32_t>(loaded.size()), path));
  }
  return loaded;
}

LoadedLibrary Supervisor::load_one(std::uint32_t library, const std::string& path) {
  if (loading_ == nullptr) {
    loading_ = fresh_process();
  }
  auto result = loading_->load(library, path, static_cast<std::uint32_t>(options_.load_timeout_ms));
  LoadedLibrary loaded{LoadFailure{}, loading_->take_load_output()};
  listings_.push_back(nullptr);
  if (auto* listing = std::get_if<SuiteListing>(&result)) {
    listings_.back() = std::make_shared<const SuiteListing>(std::move(*listing));
    loaded.result = listings_.back();
    return loaded;
  }
  const auto& failure = std::get<LoadFailure>(result);
  loaded.result = failure;
  if (failure.kind != LoadFailure::Kind::refused) {
    loading_.reset();
  }
  return loaded;
}

// ---- hosts

void Supervisor::start(std::vector<TestTask> tasks) {
  tasks_ = std::move(tasks);
  std::vector<bool> serial;
  serial.reserve(tasks_.size());
  for (const TestTask& task : tasks_) {
    serial.push_back(task.details().serial);
  }
  const auto planned = static_cast<std::uint32_t>(tasks_.size());
  table_ = std::make_unique<RunTable>(table_file_.number(), planned, setup_.workers, setup_.workers + 2);
  dispatcher_ = std::make_unique<Dispatcher>(*table_, tasks_, Plan(serial, {options_.max_fail}),
                                             [this](std::uint32_t slot) { return files_of(slot); });
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    table_->place(worker).holder.store(1);
  }
  dispatcher_->publish();
  enlist(loading_ == nullptr ? fresh_process() : std::move(loading_), 0);
  if (cancelled_early_) {
    cancel(Stop::now);
  }
}

void Supervisor::enlist(std::unique_ptr<HostProcess> process, std::uint32_t number) {
  auto host =
      std::make_unique<Host>(Host{std::move(*process), number, static_cast<std::uint32_t>(captures_.size()), false});
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    captures_.push_back(host->process.capture(worker));
  }
  RunHeader& header = table_->header();
  header.hosts_in_use.store(std::max(header.hosts_in_use.load(), number + 1));
  header.active_host.store(number);
  HostEntry& entry = table_->host(number);
  entry.retired.store(0);
  entry.phase.store(HostPhase::loading);
  host->process.run(number);
  hosts_.push_back(std::move(host));
}

std::uint32_t Supervisor::free_number() const {
  for (std::uint32_t number = 0; number < table_->header().hosts; ++number) {
    if (!is_alive(number)) {
      return number;
    }
  }
  throw std::logic_error("more hosts are alive than the run table has entries for");
}

bool Supervisor::is_alive(std::uint32_t number) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& host) { return host->number == number; });
}

SlotFiles Supervisor::files_of(std::uint32_t slot) const {
  const std::uint32_t worker = slot % setup_.workers;
  for (const auto& host : hosts_) {
    if (host->number == slot / setup_.workers) {
      return {host->first_capture + worker, host->process.report_log(worker)};
    }
  }
  throw std::logic_error("a slot without a host has a result");
}

void Supervisor::retire(Host& host) {
  host.retired = true;
  replace_active();
  table_->host(host.number).retired.store(1);
  dispatcher_->queue().wake_workers();
}

// A fresh host becomes the heir of all places that fall free.
void Supervisor::replace_active() { enlist(fresh_process(), free_number()); }

// A worker that hangs does not pass on its place itself.
void Supervisor::pass_on_hung_places(const Host& host) {
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    Place& place = table_->place(worker);
    const std::uint32_t current = table_->slot(table_->slot_number(host.number, worker)).current.load();
    const bool hangs = current != 0 && table_->record(current - 1).state.load() == TaskState::timed_out;
    std::uint32_t holder = host.number + 1;
    if (hangs && place.holder.compare_exchange_strong(holder, table_->header().active_host.load() + 1)) {
      os::futex_wake_all(place.holder);
    }
  }
}

// Nor does one that is dead.
void Supervisor::adopt_orphaned_places() {
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    Place& place = table_->place(worker);
    if (!is_alive(place.holder.load() - 1)) {
      place.holder.store(table_->header().active_host.load() + 1);
      os::futex_wake_all(place.holder);
    }
  }
}

// The process is dead: its unbegun tasks go back, its number may be used again.
void Supervisor::bury(Host& host) {
  dispatcher_->reclaim(host.number);
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    WorkerSlot& slot = table_->slot(table_->slot_number(host.number, worker));
    slot.current.store(0);
    slot.asleep.store(0);
  }
  host_died_ = true;
  const std::uint32_t number = host.number;
  std::erase_if(hosts_, [&](const auto& other) { return other->number == number; });
  adopt_orphaned_places();
}

void Supervisor::kill_hosts() {
  if (loading_ != nullptr) {
    loading_->process().signal_group(SIGKILL);
    loading_.reset();
  }
  for (const auto& host : hosts_) {
    host->process.process().signal_group(SIGKILL);
  }
  for (const auto& host : hosts_) {
    host->process.process().wait(1000);
  }
}

// ---- the run

void Supervisor::wait(std::uint32_t limit_ms, Batch& batch) {
  batch.over = over_;
  if (over_) {
    return;
  }
  std::vector<int> watched{wakeup_.descriptor()};
  for (const auto& host : hosts_) {
    if (!host->process.process().ended()) {
      watched.push_back(host->process.process().descriptor());
    }
  }
  os::wait_readable(watched, std::min(limit_ms, until_next_limit_ms()));
  wakeup_.clear();
  if (notice_crash(batch)) {
    return;
  }
  dispatcher_->fetch(batch);
  notice_deaths(batch);
  if (!over_) {
    enforce_case_limits(batch);
    clear_away_retired();
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
  cancel_deadline_ns_ = stop == Stop::now ? 0 : os::monotonic_ns() + options_.grace_ms * ns_per_ms;
  wakeup_.ring();
}

// Ends the run: kills what is left, and fetches what was finished until then.
void Supervisor::finish(Batch& batch) {
  dispatcher_->plan().cancel();
  kill_hosts();
  dispatcher_->fetch(batch);
  for (const StartedAttempt& attempt : std::exchange(batch.running, {})) {
    dispatcher_->plan().abandon(attempt.task);
  }
  over_ = true;
  batch.over = true;
}

// After a cancellation, when the cases that were running have ended.
bool Supervisor::all_hosts_left() const {
  return std::all_of(hosts_.begin(), hosts_.end(), [&](const auto& host) {
    return host->retired || table_->host(host->number).phase.load() == HostPhase::leaving;
  });
}

void Supervisor::let_hosts_leave(Batch& batch) {
  dispatcher_->queue().close();
  for (const auto& host : hosts_) {
    auto& process = host->process.process();
    const bool still_loading = table_->host(host->number).phase.load() == HostPhase::loading;
    if (still_loading || host->retired) {
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

// How long nothing needs to be looked at: until the first running case exceeds its limit, but never longer than a poll,
// since cases start without telling.
std::uint32_t Supervisor::until_next_limit_ms() const {
  std::uint64_t nearest_ns = poll_ms * ns_per_ms;
  for (const auto& host : hosts_) {
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const StartedAttempt attempt = dispatcher_->running_in(table_->slot_number(host->number, worker));
      if (attempt.task != no_task && limit_ns(attempt.task) > attempt.elapsed_ns) {
        nearest_ns = std::min(nearest_ns, limit_ns(attempt.task) - attempt.elapsed_ns);
      }
    }
  }
  return static_cast<std::uint32_t>(nearest_ns / ns_per_ms + 1);
}

void Supervisor::enforce_case_limits(Batch& batch) {
  const std::size_t host_count = hosts_.size();  // retiring adds hosts that have run nothing yet
  for (std::size_t at = 0; at < host_count; ++at) {
    Host& host = *hosts_[at];
    bool hangs = false;
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const std::uint32_t slot = table_->slot_number(host.number, worker);
      const StartedAttempt attempt = dispatcher_->running_in(slot);
      if (attempt.task == no_task || limit_ns(attempt.task) == 0 || attempt.elapsed_ns < limit_ns(attempt.task)) {
        continue;
      }
      TaskState expected = TaskState::running;
      if (table_->record(attempt.task).state.compare_exchange_strong(expected, TaskState::timed_out)) {
        dispatcher_->settle(attempt.task, Outcome::timeout, slot, batch);
        hangs = true;
      }
    }
    if (hangs && !host.retired) {
      retire(host);
    }
    if (hangs) {
      pass_on_hung_places(host);
    }
  }
}

// A retired host is killed once no worker of it does anything but hang.
void Supervisor::clear_away_retired() {
  std::vector<Host*> idle;
  for (const auto& host : hosts_) {
    bool holds_place = false;
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      holds_place = holds_place || table_->place(worker).holder.load() == host->number + 1;
    }
    if (host->retired && !holds_place) {
      idle.push_back(host.get());
    }
  }
  for (Host* host : idle) {
    host->process.process().signal_group(SIGKILL);
    host->process.process().wait(1000);
    bury(*host);
  }
}

void Supervisor::enforce_run_limits(Batch& batch) {
  const std::uint64_t now = os::monotonic_ns();
  const bool global_limit =
      options_.global_timeout_ms != 0 && now >= table_->header().started_ns + options_.global_timeout_ms * ns_per_ms;
  if (!global_limit && now < cancel_deadline_ns_) {
    return;
  }
  batch.timed_out = global_limit;
  kill_hosts();
  batch.running.clear();
  dispatcher_->fetch(batch);
  for (const StartedAttempt& attempt : batch.running) {
    for (const auto& host : hosts_) {
      const std::uint32_t slot = table_->slot_number(host->number, attempt.worker);
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
  if (panic == 0) {
    return false;
  }
  panic_of_slot(panic - 1, batch);
  return true;
}

void Supervisor::notice_deaths(Batch& batch) {
  for (std::size_t at = 0; at < hosts_.size() && !over_; ++at) {
    Host& host = *hosts_[at];
    const auto status = host.process.process().wait(0);
    if (!status || table_->host(host.number).phase.load() == HostPhase::leaving) {
      continue;  // how it left is looked at when the run is over
    }
    dispatcher_->fetch(batch);
    if (table_->host(host.number).phase.load() == HostPhase::loading) {
      give_up_on_loading(*status, host, batch);
      return;
    }
    // The guard may have got as far as the record, but not to the panic word.
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const std::uint32_t slot = table_->slot_number(host.number, worker);
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
    replace_active();
    adopt_orphaned_places();
    return;
  }
  batch.host_failures.push_back("a host that was to take over " + describe(status) +
                                " while it loaded the suites again, " + std::to_string(load_tries) + " times" +
                                (output.empty() ? "" : "; it printed: " + output));
  finish(batch);
}

void Supervisor::panic_of_slot(std::uint32_t slot, Batch& batch) {
  kill_hosts();
  dispatcher_->fetch(batch);
  const CrashRecord& crash = table_->slot(slot).crash;
  CrashReport report;
  report.kind = crash.kind.load(std::memory_order_acquire);
  report.signal = crash.signal;
  report.exit_code = crash.exit_code;
  report.address = crash.address;
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

// Names the slot's case as the one that crashed, with its output; without one, the case that ran there last is
// suspected.
void Supervisor::settle_crash(CrashReport& report, std::uint32_t slot, Batch& batch) {
  const StartedAttempt attempt = dispatcher_->running_in(slot);
  report.worker = slot % setup_.workers;
  report.capture = files_of(slot).capture;
  report.output_begin = table_->slot(slot).output_begin.load();
  report.output_end = UINT64_MAX;
  if (attempt.task != no_task && dispatcher_->plan().is_handed_out(attempt.task)) {
    report.task = attempt.task;
    dispatcher_->settle(attempt.task, Outcome::crash, slot, batch);
  } else if (dispatcher_->last_finished_in(slot) != no_task) {
    report.suspects.push_back(dispatcher_->last_finished_in(slot));
  }
}

void Supervisor::panic_without_trace(Host& host, const os::ExitStatus& status, Batch& batch) {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    const std::uint32_t slot = table_->slot_number(host.number, worker);
    const StartedAttempt attempt = dispatcher_->running_in(slot);
    if (attempt.task != no_task && dispatcher_->plan().is_handed_out(attempt.task)) {
      slots.push_back(slot);
    }
  }
  kill_hosts();
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

// A host that was killed in the middle of a claim had tasks that stand nowhere any more. Visible once all live workers
// sleep (a sleeping worker holds none), nothing is queued, and still the plan waits.
void Supervisor::recover_lost_claims(Batch& batch) {
  const RunHeader& header = table_->header();
  if (!host_died_ || dispatcher_->plan().handed_out() == 0 || header.claimed.load() != header.published.load()) {
    return;
  }
  for (const auto& host : hosts_) {
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      const bool works_here = table_->place(worker).holder.load() == host->number + 1;
      if (works_here && table_->slot(table_->slot_number(host->number, worker)).asleep.load() == 0) {
        return;
      }
    }
  }
  // Asleep was said before the last look at the finished lists: one more look, then what is missing is lost.
  const std::size_t known = batch.finished.tasks.size();
  dispatcher_->fetch(batch);
  if (batch.finished.tasks.size() == known) {
    dispatcher_->give_back_lost();
    host_died_ = false;
  }
}

std::string Supervisor::read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const {
  return os::read_range(captures_.at(capture)->number(), begin, end);
}

}  // namespace pyharness
