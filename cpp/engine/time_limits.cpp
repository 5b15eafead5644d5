#include "engine/time_limits.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/crash_guard.h"
#include "engine/leaving.h"
#include "os/clock.h"
#include "os/descendants.h"
#include "os/fatal_signal.h"
#include "os/poll.h"
#include "pyharness/suite.h"

namespace pyharness {

namespace {

constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t answer_limit_ns = 100 * ns_per_ms;

}  // namespace

// What the run says of this case, the case itself, what the run says of all: the first that says something.
std::uint64_t TimeLimits::limit_ns(TaskIndex task) const {
  for (const std::uint64_t said :
       {run_->request.settings_of(task).timeout_ms, run_->request.tasks[task].details().timeout_ms}) {
    if (said != CaseDetails::default_timeout) {
      return said * ns_per_ms;
    }
  }
  return run_->options.timeout_ms * ns_per_ms;
}

Report TimeLimits::why_late(TaskIndex task) const {
  const CaseDetails& details = run_->request.tasks[task].details();
  const bool set = run_->request.settings_of(task).timeout_ms != CaseDetails::default_timeout;
  const bool own = details.timeout_ms != CaseDetails::default_timeout;
  std::ostringstream text;
  text << "did not end within " << static_cast<double>(limit_ns(task)) / 1e9 << " s, "
       << (set   ? "the limit that an override sets for it"
           : own ? "its own limit"
                 : "the limit of this run");
  return {PYHARNESS_REPORT_FAILURE, details.line, details.file, text.str()};
}

std::uint32_t TimeLimits::until_next_ms(std::uint32_t most_ms) const {
  const std::uint64_t now = os::monotonic_ns();
  std::uint64_t nearest = now + most_ms * ns_per_ms;
  for (const auto& host : run_->hosts.all()) {
    run_->for_awaited(*host, [&](std::uint32_t /*slot*/, const StartedAttempt& attempt) {
      const std::uint64_t limit = limit_ns(attempt.task);
      nearest = limit == 0 ? nearest : std::min(nearest, now + limit - std::min(limit, attempt.elapsed_ns));
    });
  }
  nearest = std::min({nearest, run_->hosts.next_stop_ns(), run_->dispatcher->plan().next_ready_ns()});
  return nearest <= now ? 0 : static_cast<std::uint32_t>((nearest - now) / ns_per_ms + 1);
}

std::vector<RunningCase> TimeLimits::give_up_all(Batch& batch) const {
  return give_up([](const StartedAttempt&) { return true; }, batch);
}

// First they are given up on, then asked: the signal that asks may let a case go on that has waited for something else.
std::vector<RunningCase> TimeLimits::give_up(const std::function<bool(const StartedAttempt&)>& is_meant,
                                             Batch& batch) const {
  std::vector<RunningCase> cases;
  for (const auto& host : run_->hosts.all()) {
    run_->for_awaited(*host, [&](std::uint32_t slot, const StartedAttempt& attempt) {
      if (is_meant(attempt) && give_up_on(attempt)) {
        cases.push_back({host.get(), slot, attempt});
      }
    });
  }
  ask_where(cases, batch);
  return cases;
}

void TimeLimits::enforce(Batch& batch) {
  const auto is_late = [&](const StartedAttempt& attempt) {
    return limit_ns(attempt.task) != 0 && attempt.elapsed_ns >= limit_ns(attempt.task);
  };
  for (const RunningCase& late : give_up(is_late, batch)) {
    const auto& [host, slot, attempt] = late;
    run_->dispatcher->settle(slot, attempt, Outcome::timeout, Plan::Retry::allowed, batch);
    batch.reports.push_back({attempt.task, why_late(attempt.task)});
    host->timed_out.push_back({slot, attempt.task, attempt.attempt, batch.finished.output_ends.back()});
    if (!host->retired) {
      run_->hosts.retire(*host);
    }
    run_->hosts.pass_place_on(*host, slot - host->first_slot);
    run_->dispatcher->queue().wake_workers();
  }
}

// False: its worker was quicker.
bool TimeLimits::give_up_on(const StartedAttempt& attempt) const {
  std::atomic<std::uint32_t>& state = run_->table->record(attempt.task).state;
  std::uint32_t word = state.load();
  while (TaskState::unpack(word).attempt == attempt.attempt && TaskState::unpack(word).phase == TaskPhase::running) {
    if (state.compare_exchange_weak(word, TaskState::unpack(word).in(TaskPhase::timed_out).pack())) {
      return true;
    }
  }
  return false;
}

// All at once: those that do not answer cost one wait together.
void TimeLimits::ask_where(const std::vector<RunningCase>& cases, Batch& batch) const {
  std::vector<std::pair<RunningCase, std::string>> asked;
  for (const RunningCase& one : cases) {
    // Read first: the signal may let the case go on, and its process end.
    std::string maps = os::memory_map_of(run_->table->slot(one.slot).process.load());
    if (ask(one)) {
      asked.emplace_back(one, std::move(maps));
    }
  }
  const std::uint64_t deadline = os::monotonic_ns() + answer_limit_ns;
  for (auto& [one, maps] : asked) {
    const WorkerSlot& slot = run_->table->slot(one.slot);
    while (slot.stack.frame_count.load(std::memory_order_acquire) == 0 && os::monotonic_ns() < deadline) {
      os::wait_readable({}, 1);
    }
    const std::uint32_t count = std::min(slot.stack.frame_count.load(std::memory_order_acquire), most_frames);
    if (count > 0) {
      batch.stacks.push_back(
          {one.attempt.task, one.attempt.attempt, {slot.stack.frames, slot.stack.frames + count}, std::move(maps)});
    }
  }
}

bool TimeLimits::ask(const RunningCase& one) const {
  WorkerSlot& slot = run_->table->slot(one.slot);
  const pid_t process = slot.process.load();
  slot.stack.frame_count.store(0);
  // A wild write of the case may have been there: only the host and its child are ever signalled.
  const os::Subprocess& own = one.host->process.process();
  const bool is_ours = !own.ended() && (process == own.id() || os::is_child_of(process, own.id()));
  return is_ours && os::signal_thread(process, slot.thread.load(), crash_guard::stack_signal);
}

bool TimeLimits::stop_abandoned(Batch& batch) {
  std::vector<Host*> ended;
  bool some_left = false;
  for (const auto& host : run_->hosts.all()) {
    bool awaited = false;  // then its death is looked at first
    run_->for_awaited(*host, [&](std::uint32_t /*slot*/, const StartedAttempt&) { awaited = true; });
    const bool gone = !awaited && has_gone(run_->hosts, *host, run_->options);
    gone ? ended.push_back(host.get()) : void(some_left = some_left || host->retired);
  }
  if (!ended.empty()) {
    run_->dispatcher->fetch(batch);
    for (Host* host : ended) {
      if (host->timed_out.empty() && run_->hosts.phase(*host) == HostPhase::leaving) {
        add_failure_to_leave(*host, batch);
      }
      Hosts::kill(*host);
      run_->add_late_output(*host, batch);
      run_->dispatcher->reclaim(host->number);
      run_->hosts.bury(*host);
    }
  }
  return some_left;
}

}  // namespace pyharness
