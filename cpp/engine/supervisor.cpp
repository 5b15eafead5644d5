#include "engine/supervisor.h"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "engine/leaving.h"
#include "os/clock.h"
#include "os/descriptor_table.h"
#include "os/machine_load.h"
#include "os/poll.h"
#include "pyharness/suite.h"

namespace pyharness {

namespace {

constexpr std::uint32_t usual_poll_ms = 50;   // how often limits are looked at; events wake earlier
constexpr std::uint32_t memory_poll_ms = 20;  // memory fills quickly
constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr const char* why_cut_off = "the run ended";

HostSetup setup_for(const RunOptions& options, const os::FileDescriptor& table, const os::Wakeup& wakeup,
                    os::MemoryGroups* memory_groups) {
  HostSetup setup;
  setup.program = options.host_program;
  setup.own_tables = os::can_unshare_descriptor_table();
  setup.captured = options.captured;
  setup.leaks = options.leaks;
  setup.most_output_bytes = options.most_output_bytes;
  setup.memory_limit_bytes = options.memory_limit_bytes;
  setup.memory_groups = memory_groups;
  setup.table = table.number();
  setup.wakeup = wakeup.descriptor();
  return setup;
}

std::uint32_t limit_or_none(std::uint64_t limit_ms) {
  return limit_ms == 0 ? UINT32_MAX : static_cast<std::uint32_t>(std::min<std::uint64_t>(limit_ms, UINT32_MAX));
}

}  // namespace

Supervisor::Supervisor(const RunOptions& options)
    : table_file_(os::make_memory_file("pyharness-run")),
      memory_groups_(options.memory_limit_bytes == 0 ? nullptr : os::MemoryGroups::of_this_process()),
      run_(options, setup_for(options, table_file_, wakeup_, memory_groups_.get())),
      made_ns_(os::monotonic_ns()) {}

Supervisor::~Supervisor() { close(); }

void Supervisor::close() {
  loading_.reset();
  kill_all();
  memory_groups_.reset();
  over_ = true;
}

void Supervisor::kill_all() {
  run_.hosts.kill_all();
  if (launches_ != nullptr) {
    launches_->kill_all();
  }
}

std::vector<TaskIndex> Supervisor::not_run() const {
  return run_.dispatcher == nullptr ? std::vector<TaskIndex>() : run_.dispatcher->plan().not_run();
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
  auto& listings = run_.hosts.listings();
  listings.push_back(nullptr);
  if (!go_on()) {
    return {LoadFailure{LoadFailure::Kind::cancelled, {}, {}}, {}};
  }
  if (loading_ == nullptr) {
    loading_ = run_.hosts.fresh_process(without_threads() ? 1 : workers());
    for (std::uint32_t before = 0; before < library; ++before) {
      if (listings[before] != nullptr) {
        loading_->reload(std::nullopt, before, *listings[before]);
      }
    }
  }
  auto result = loading_->load(library, path, limit_or_none(run_.options.load_timeout_ms), go_on);
  LoadedLibrary loaded{LoadFailure{}, loading_->take_load_output()};
  if (auto* listing = std::get_if<SuiteListing>(&result)) {
    listings.back() = std::make_shared<const SuiteListing>(std::move(*listing));
    loaded.result = listings.back();
    return loaded;
  }
  const auto& failure = std::get<LoadFailure>(result);
  loaded.result = failure;
  if (failure.kind != LoadFailure::Kind::refused) {
    loading_.reset();
  }
  return loaded;
}

void Supervisor::set_host_environment(const std::vector<std::string>& environment) {
  run_.setup.environment = environment;
  run_.hosts.set_environment(environment);
  loading_.reset();  // it has another
}

void Supervisor::know(std::uint32_t library, std::shared_ptr<const SuiteListing> listing) {
  if (loading_ != nullptr) {
    loading_->reload(std::nullopt, library, *listing);  // it may become the first host of the run
  }
  run_.hosts.know(library, std::move(listing));
}

std::vector<Answer> Supervisor::ask(const std::vector<Query>& queries, const std::function<bool()>& go_on) {
  return ask_all(queries, workers(), limit_or_none(run_.options.load_timeout_ms), run_.options.stop_steps,
                 [&] { return go_on() && !cancelled_early_ && !global_limit_has_passed(); });
}

// ---- the run

void Supervisor::start(RunRequest request, std::uint32_t room) {
  run_.request = std::move(request);
  expects_more_ = room != 0;
  room_ = std::max(room, static_cast<std::uint32_t>(run_.request.tasks.size()));
  run_.table = std::make_unique<RunTable>(table_file_.number(), TableShape::for_run(room_, workers()));
  PlanRules rules = plan_rules(run_.request, without_threads());
  run_.alone = std::move(rules.alone);
  Plan plan(std::move(rules.rules), rules.rules_of,
            {run_.options.max_fail, workers(), run_.request.group_limits, run_.options.seed},
            std::exchange(run_.request.dependencies, {}), std::exchange(run_.request.priorities, {}));
  run_.dispatcher = std::make_unique<Dispatcher>(
      *run_.table, run_.request.tasks, std::move(plan), run_.options.max_fail, [this](std::uint32_t slot) {
        const bool launched = launches_ != nullptr && launches_->owns_slot(slot);
        return launched ? launches_->files_of(slot) : run_.hosts.files_of(slot);
      });
  run_.hosts.begin_run(*run_.table, std::move(loading_));
  deaths_ = std::make_unique<Deaths>(run_);
  if (run_.request.programs != nullptr) {
    launches_ = std::make_unique<Launches>(run_, time_limits_);
  }
  publish();
  if (cancelled_early_) {
    cancel(Stop::now);
  }
}

void Supervisor::add(Addition addition) {
  std::size_t planned = run_.request.tasks.size() + addition.tasks.size();
  for (const Addition& waiting : additions_) {
    planned += waiting.tasks.size();
  }
  if (planned > room_) {
    throw std::length_error("a run that is still being built has room for " + std::to_string(room_) +
                            " cases, and there are " + std::to_string(planned));
  }
  additions_.push_back(std::move(addition));
  if (over_) {
    plan_additions();  // so that they are among those that were not run
  }
  wakeup_.ring();
}

void Supervisor::expect_no_more() {
  expects_more_ = false;
  wakeup_.ring();
}

// What a host has loaded never changes. So when suites come, hosts take over that have them, place by place; the others
// end the cases that run there, and leave.
void Supervisor::grow() {
  if (additions_.empty() || run_.dispatcher->plan().cancelled() || !run_.hosts.can_be_relieved()) {
    return;
  }
  plan_additions();
  run_.hosts.relieve_all();  // before anything of it is published
}

void Supervisor::plan_additions() {
  for (Addition& addition : std::exchange(additions_, {})) {
    for (auto& [library, listing] : addition.suites) {
      run_.hosts.know(library, std::move(listing));
    }
    RunRequest& request = run_.request;
    const auto first = static_cast<TaskIndex>(request.tasks.size());
    std::move(addition.settings.begin(), addition.settings.end(), std::back_inserter(request.settings));
    std::move(addition.tasks.begin(), addition.tasks.end(), std::back_inserter(request.tasks));
    PlanRules rules = plan_rules(request, without_threads(), first);
    run_.alone.insert(run_.alone.end(), rules.alone.begin(), rules.alone.end());
    run_.dispatcher->add(request.tasks, std::move(rules.rules), rules.rules_of);
  }
}

void Supervisor::publish() {
  Dispatcher& dispatcher = *run_.dispatcher;
  std::size_t most = SIZE_MAX;
  if (run_.options.load_limit > 0) {
    // Little at a time, so that the next look at the load still matters; one task runs in any case.
    const std::size_t out = dispatcher.plan().handed_out();
    const bool busy = os::runnable_threads() > run_.options.load_limit;
    most = busy ? (out == 0 ? 1 : 0) : (out < workers() ? workers() - out : 0);
  }
  const auto published = dispatcher.publish(most);
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    if (published[lane] > 0 && lane != lane_of(Isolation::program)) {
      run_.hosts.provide(isolation_of_lane(lane), published[lane]);
    }
  }
  if (published[lane_of(Isolation::program)] > 0) {
    wakeup_.ring();  // launches start when they are attended to, which is not to wait for the next poll
  }
}

std::uint32_t Supervisor::poll_ms() const {
  return run_.options.memory_limit_bytes == 0 ? usual_poll_ms : memory_poll_ms;
}

void Supervisor::wait(std::uint32_t limit_ms, Batch& batch) {
  batch.over = over_;
  if (over_) {
    return;
  }
  try {
    go_on(limit_ms, batch);
  } catch (const std::system_error& error) {
    // No process or memory for another host, say: what has ended is not lost by that.
    batch.host_failures.push_back(std::string("the run cannot go on: ") + error.what() +
                                  "; look at the limits of processes, memory and open files");
    finish(batch);
  }
}

std::vector<int> Supervisor::watched() const {
  std::vector<int> watched = run_.hosts.descriptors();
  watched.push_back(wakeup_.descriptor());
  if (also_watched_ >= 0) {
    watched.push_back(also_watched_);
  }
  if (launches_ != nullptr) {
    const std::vector<int> launched = launches_->descriptors();
    watched.insert(watched.end(), launched.begin(), launched.end());
  }
  return watched;
}

void Supervisor::go_on(std::uint32_t limit_ms, Batch& batch) {
  Dispatcher& dispatcher = *run_.dispatcher;
  run_.hosts.forget_buried();
  run_.hosts.trim_output();
  std::uint32_t idle_ms = time_limits_.until_next_ms(poll_ms());
  if (launches_ != nullptr) {
    idle_ms = launches_->until_next_ms(idle_ms);
  }
  os::wait_readable(watched(), std::min(limit_ms, idle_ms));
  wakeup_.clear();
  kill_slow_loaders();
  const bool leaving = leave_deadline_ns_ != UINT64_MAX;  // how hosts end is looked at there
  if (!leaving && deaths_->notice(batch)) {
    finish(batch);
    return;
  }
  if (launches_ != nullptr && launches_->attend(batch)) {
    finish(batch);
    return;
  }
  dispatcher.fetch(batch);
  time_limits_.enforce(batch);
  const bool retired_left = time_limits_.stop_abandoned(batch);
  recover_lost_claims(batch);
  enforce_run_limits(batch);
  if (!over_) {
    grow();
    publish();
    const bool complete = dispatcher.plan().done() && !expects_more_ && additions_.empty();
    const bool ended = complete || (dispatcher.plan().cancelled() && all_hosts_left());
    const bool done = ended && no_launches();
    // All are told to leave at once; those that are retired go their own way, signal by signal.
    if (done && let_hosts_leave() && !retired_left) {
      add_failures_to_leave(batch);
      finish(batch);
    }
  }
  batch.over = over_;
}

void Supervisor::cancel(Stop stop) {
  if (over_) {
    return;
  }
  if (run_.dispatcher == nullptr) {
    cancelled_early_ = true;
    return;
  }
  run_.dispatcher->plan().cancel();
  run_.dispatcher->queue().set_stop(stop);
  // Never later than was said before.
  const std::uint64_t deadline = stop == Stop::now ? 0 : os::monotonic_ns() + run_.options.grace_ms * ns_per_ms;
  cancel_deadline_ns_ = std::min(cancel_deadline_ns_, deadline);
  wakeup_.ring();
}

void Supervisor::suspend() {
  if (suspended_ns_ == 0 && !over_) {
    suspended_ns_ = os::monotonic_ns();
    count_suspension();
    signal_all(SIGSTOP);
  }
}

void Supervisor::signal_all(int signal) const {
  run_.hosts.signal_all(signal);
  if (launches_ != nullptr) {
    launches_->signal_all(signal);
  }
  if (loading_ != nullptr) {
    loading_->process().signal_group(signal);
  }
}

// Before it begins, and after it is over: hosts that see a case stand still in between think nothing of it.
void Supervisor::count_suspension() const {
  if (run_.table != nullptr) {
    run_.table->header().suspensions.fetch_add(1);
  }
}

void Supervisor::resume() {
  if (suspended_ns_ == 0) {
    return;
  }
  const std::uint64_t now = os::monotonic_ns();
  const std::uint64_t pause = now - suspended_ns_;
  if (cancel_deadline_ns_ != UINT64_MAX && cancel_deadline_ns_ != 0) {
    cancel_deadline_ns_ += pause;
  }
  made_ns_ += pause;
  leave_deadline_ns_ += leave_deadline_ns_ == UINT64_MAX ? 0 : pause;
  if (run_.dispatcher != nullptr) {
    run_.dispatcher->add_pause(suspended_ns_, now);
  }
  run_.hosts.postpone(pause);
  if (launches_ != nullptr) {
    launches_->postpone(pause);
  }
  signal_all(SIGCONT);
  count_suspension();
  suspended_ns_ = 0;
}

// Ends the run: kills what is left, and fetches what was finished until then.
void Supervisor::finish(Batch& batch) {
  run_.dispatcher->plan().cancel();
  plan_additions();
  kill_all();
  run_.dispatcher->fetch(batch);
  const auto abandon = [&](std::uint32_t slot, const StartedAttempt& attempt) {
    run_.dispatcher->abandon(slot, attempt, why_cut_off, batch);
  };
  for (const auto& host : run_.hosts.all()) {
    run_.for_awaited(*host, abandon);
    run_.add_late_output(*host, batch);
  }
  if (launches_ != nullptr) {
    run_.for_awaited(launches_->first_slot(), launches_->seats(), abandon);
  }
  batch.running.clear();
  over_ = true;
  batch.over = true;
}

// After a cancellation, when the cases that were running have ended.
bool Supervisor::all_hosts_left() const {
  return std::all_of(run_.hosts.all().begin(), run_.hosts.all().end(), [&](const auto& host) {
    return run_.hosts.phase(*host) == HostPhase::leaving || !run_.hosts.holds_place(*host);
  });
}

// Everything has been run: hosts unload their suites and end. False: some need more time for it.
bool Supervisor::let_hosts_leave() {
  if (leave_deadline_ns_ == UINT64_MAX) {
    leave_deadline_ns_ = os::monotonic_ns() + leave_limit_ms * ns_per_ms;
    run_.dispatcher->queue().close();
  }
  bool all_ended = true;
  for (const auto& host : run_.hosts.all()) {
    if (run_.hosts.phase(*host) == HostPhase::loading) {
      Hosts::kill(*host);
    }
    all_ended = (host->retired || host->process.process().wait(0)) && all_ended;
  }
  return all_ended || os::monotonic_ns() >= leave_deadline_ns_;
}

void Supervisor::add_failures_to_leave(Batch& batch) const {
  for (const auto& host : run_.hosts.all()) {
    if (run_.hosts.phase(*host) == HostPhase::loading) {
      continue;
    }
    add_failure_to_leave(*host, batch);
  }
}

// ---- limits of the run

std::uint64_t Supervisor::host_memory_bytes() const {
  return loading_ == nullptr ? 0 : os::resident_bytes(loading_->process().id());
}

bool Supervisor::global_limit_has_passed() const {
  const std::uint64_t limit_ms = run_.options.global_timeout_ms;
  return limit_ms != 0 && os::monotonic_ns() >= made_ns_ + limit_ms * ns_per_ms;
}

void Supervisor::enforce_run_limits(Batch& batch) {
  const bool global_limit = global_limit_has_passed();
  if (!global_limit && os::monotonic_ns() < cancel_deadline_ns_) {
    return;
  }
  batch.timed_out = global_limit;
  const std::vector<RunningCase> cut_off = time_limits_.give_up_all(batch);
  kill_all();
  run_.dispatcher->fetch(batch);
  run_.dispatcher->plan().cancel();
  for (const auto& [host, slot, attempt] : cut_off) {
    global_limit ? time_out(slot, attempt, batch) : run_.dispatcher->abandon(slot, attempt, why_cut_off, batch);
  }
  if (global_limit && launches_ != nullptr) {
    run_.for_awaited(launches_->first_slot(), launches_->seats(),
                     [&](std::uint32_t slot, const StartedAttempt& attempt) { time_out(slot, attempt, batch); });
  }
  finish(batch);
}

void Supervisor::time_out(std::uint32_t slot, const StartedAttempt& attempt, Batch& batch) {
  run_.dispatcher->settle(slot, attempt, Outcome::timeout, Plan::Retry::forbidden, batch);
  const CaseDetails& details = run_.request.tasks[attempt.task].details();
  batch.reports.push_back({attempt.task,
                           {PYHARNESS_REPORT_FAILURE, details.line, details.file,
                            "was running when the limit of the whole run (--global-timeout) had passed"}});
}

void Supervisor::kill_slow_loaders() const {
  const std::uint64_t limit_ms = run_.options.load_timeout_ms;
  for (const auto& host : run_.hosts.all()) {
    if (limit_ms != 0 && run_.hosts.phase(*host) == HostPhase::loading &&
        os::monotonic_ns() - host->started_ns > limit_ms * ns_per_ms) {
      Hosts::kill(*host);
    }
  }
}

// ---- tasks that a dying host has taken with it

// A host that was killed in the middle of a claim had tasks that stand nowhere any more. Visible once nothing is queued
// or left in a batch, then all live workers sleep (a sleeping worker holds none), and still the plan waits. In this
// order: a worker that took a task before the first look is awake at the second, or has put it on its finished list.
void Supervisor::recover_lost_claims(Batch& batch) {
  Dispatcher& dispatcher = *run_.dispatcher;
  if (!run_.hosts.one_has_died() || !no_launches() || dispatcher.plan().handed_out() == 0 ||
      !dispatcher.queue().is_empty()) {
    return;
  }
  if (!std::all_of(run_.hosts.all().begin(), run_.hosts.all().end(),
                   [&](const auto& host) { return is_idle(*host); })) {
    return;
  }
  const std::size_t known = batch.finished.tasks.size();
  dispatcher.fetch(batch);
  if (batch.finished.tasks.size() == known) {
    dispatcher.give_back_lost();
    run_.hosts.forget_deaths();
  }
}

// All workers of the host that hold a place sleep.
bool Supervisor::is_idle(const Host& host) const {
  for (std::uint32_t seat = 0; seat < host.seats; ++seat) {
    if (run_.hosts.holds_place(host, seat) && run_.hosts.slot(host, seat).asleep.load() == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace pyharness
