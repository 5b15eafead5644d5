#include "engine/deaths.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "os/clock.h"
#include "os/futex.h"

namespace pyharness {

namespace {

constexpr std::uint32_t load_tries = 3;
constexpr std::uint32_t most_unexplained_deaths = 3;
constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint32_t trial_ms = 600;  // beyond what a suspect had already run
constexpr std::uint32_t most_trial_ms = 5'000;

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

CrashReport report_of(const WorkerSlot& slot) {
  const CrashRecord& crash = slot.crash;
  CrashReport report;
  report.kind = crash.kind.load(std::memory_order_acquire);
  report.signal = crash.signal;
  report.exit_code = crash.exit_code;
  report.address = crash.address;
  report.is_sent = crash.is_sent;
  report.stack_overflow = crash.signal == SIGSEGV && !crash.is_sent && is_near(crash.address, crash.stack_pointer);
  report.left_over = crash.thread_started_ns != 0 && is_older(crash.thread_started_ns, slot);
  report.frames.assign(crash.frames, crash.frames + std::min(crash.frame_count.load(), most_frames));
  report.maps.assign(crash.maps, std::min<std::size_t>(crash.map_bytes.load(), CrashRecord::most_map_bytes));
  return report;
}

// A process of several threads stands still only some moments after one of them has asked for it. The case that did may
// have ended, and nobody knows which it was: only what does it again is named.
bool may_be_late(const Host& host, const Ending& ending) { return ending.kind == CrashKind::stopped && host.seats > 1; }

DiedLike unseen_like(const Ending& death) {
  return [death](const Ending& ending, bool is_noted) { return !is_noted && ending.is_like(death); };
}

bool is_killed_by_a_signal(const Ending& ending, bool /*is_noted*/) {
  return ending.kind == CrashKind::died && ending.status.signalled;
}

CrashReport report_of(const Ending& ending) {
  CrashReport report;
  report.kind = ending.kind;
  (ending.status.signalled ? report.signal : report.exit_code) = ending.status.number;
  report.memory_bytes = ending.memory_bytes;
  return report;
}

}  // namespace

bool Deaths::notice(Batch& batch) {
  std::optional<Ending> ending;
  // Each death that is dealt with takes a host out of the set, or a crash out of its record.
  while (Host* host = host_with_trouble(ending)) {
    run_->dispatcher->fetch(batch);
    if (deal_with(*host, ending, batch) == Goes::out) {
      return true;
    }
  }
  return false;
}

// The host of the first crash goes before all others.
Host* Deaths::host_with_trouble(std::optional<Ending>& ending) {
  const std::uint32_t panic = run_->table->header().panic.load(std::memory_order_acquire);
  const bool known = panic != 0 && panic <= run_->table->slots_in_use();
  const std::uint32_t first = known ? run_->table->slot(panic - 1).host : UINT32_MAX;
  Host* found = nullptr;
  for (const auto& host : run_->hosts.all()) {
    std::optional<Ending> how;
    if (!is_in_trouble(*host, how)) {
      continue;
    }
    if (found == nullptr || host->number == first) {
      found = host.get();
      ending = how;
    }
  }
  return found;
}

bool Deaths::is_in_trouble(Host& host, std::optional<Ending>& ending) const {
  const WorkerSlot& slot = run_->hosts.slot(host, 0);
  const bool forked = host.isolation == Isolation::fork;
  // A process of a case must be gone before its host may go on.
  const bool gone = slot.forked_outcome.load() == static_cast<std::uint32_t>(Outcome::crash);
  const bool tells = forked && run_->options.on_crash == OnCrash::go_on ? gone && has_noted(host) : has_announced(host);
  // Looked at second: what has killed the process of a case may just be killing its host as well.
  ending = ending_of(host.process, forked ? slot.process.load() : 0);
  if (host.retired && awaited_slots(host).empty()) {
    return false;  // it was given up on; how it ends does not matter any more
  }
  if (run_->hosts.phase(host) == HostPhase::leaving) {
    return false;  // how it left is looked at when the run is over
  }
  return ending || tells;
}

// The guard has noted everything: it announces only then. Who is not the first to announce is seen to die.
bool Deaths::has_announced(const Host& host) const {
  const std::uint32_t panic = run_->table->header().panic.load(std::memory_order_acquire);
  return panic > host.first_slot && panic <= host.first_slot + host.seats && has_noted(host);
}

bool Deaths::has_noted(const Host& host) const { return !noted_slots(host).empty(); }

Deaths::Goes Deaths::deal_with(Host& host, std::optional<Ending> ending, Batch& batch) {
  if (ending && ending->kind == CrashKind::memory) {
    Hosts::kill(host);
    forget_killed_case(host);
  }
  if (ending && !has_noted(host) && run_->hosts.phase(host) == HostPhase::loading) {
    return lose_while_loading(host, *ending, batch);
  }
  if (run_->options.on_crash == OnCrash::panic) {
    return panic(host, ending.value_or(Ending{}), batch);
  }
  if (!ending && host.isolation == Isolation::fork) {
    survive_forked(host, batch);
    return Goes::on;
  }
  const auto status = Hosts::kill(host);
  run_->dispatcher->fetch(batch);  // what was finished until it died
  return survive(host, ending.value_or(Ending{CrashKind::died, status.value_or(os::ExitStatus{true, SIGKILL})}), batch);
}

// Where the kernel ends all processes of a host, the one of the case may go first, and the host note that it was
// killed.
void Deaths::forget_killed_case(const Host& host) const {
  CrashRecord& crash = run_->hosts.slot(host, 0).crash;
  if (host.isolation == Isolation::fork && crash.kind.load(std::memory_order_acquire) == CrashKind::died &&
      crash.signal == SIGKILL) {
    crash.clear();
  }
}

// ---- hosts that cannot load

Deaths::Goes Deaths::lose_while_loading(Host& host, const Ending& ending, Batch& batch) {
  Hosts::kill(host);
  const std::string output = host.process.take_load_output();
  const std::uint32_t library = run_->table->host(host.number).loading.load() - 1;
  if (library >= run_->hosts.listings().size()) {
    return lose_before_loading(host, ending, output, batch);
  }
  if (++tries_[library] < load_tries) {
    replace(host);
  } else if (others_can_run(host)) {
    bury(host);  // with a worker less
  } else {
    lose_suite(library, ending, output, batch);
    replace(host);
  }
  return Goes::on;
}

// It was no suite's doing.
Deaths::Goes Deaths::lose_before_loading(const Host& host, const Ending& ending, const std::string& output,
                                         Batch& batch) {
  if (++failed_starts_ < load_tries) {
    replace(host);
    return Goes::on;
  }
  const std::string text = output.empty() ? std::string() : "; it printed: " + output;
  batch.host_failures.push_back("a host " + describe(ending) + " before it could run anything, " +
                                std::to_string(load_tries) + " times" + text +
                                "; look at the limits of processes, memory and open files");
  return Goes::out;
}

// Whether another host has the suites loaded and takes what this one would have.
bool Deaths::others_can_run(const Host& host) const {
  return std::any_of(run_->hosts.all().begin(), run_->hosts.all().end(), [&](const auto& other) {
    return other->number != host.number && other->isolation == host.isolation && !other->retired &&
           run_->hosts.phase(*other) == HostPhase::running;
  });
}

void Deaths::lose_suite(std::uint32_t library, const Ending& ending, const std::string& output, Batch& batch) {
  auto& listing = run_->hosts.listings()[library];
  if (listing == nullptr) {
    return;
  }
  const std::string text = output.empty() ? std::string() : "; it printed: " + output;
  batch.lost_suites.push_back({library,
                               "cannot load suite '" + listing->path + "' in a new host: it " + describe(ending) +
                                   ", " + std::to_string(load_tries) + " times" + text,
                               output});
  listing = nullptr;
  run_->dispatcher->drop([&](TaskIndex task) { return run_->request.tasks[task].library == library; }, batch);
}

void Deaths::bury(const Host& host) {
  run_->dispatcher->reclaim(host.number);
  run_->hosts.bury(host);
}

// In the place of a host that is dead.
void Deaths::replace(const Host& host) {
  const Isolation isolation = host.isolation;
  const std::uint32_t first_worker = host.first_worker;
  const bool heir_exists = host.retired;
  bury(host);
  if (!heir_exists) {
    run_->hosts.replace(isolation, first_worker);
  }
}

// ---- a run that ends

Deaths::Goes Deaths::panic(const Host& host, const Ending& ending, Batch& batch) {
  const bool is_noted = has_noted(host);
  run_->hosts.kill_all();
  run_->dispatcher->fetch(batch);
  report_all_noted(host, batch);
  // Others that crashed in the same moment crashed, too.
  for (const auto& other : run_->hosts.all()) {
    if (other->number != host.number) {
      report_all_noted(*other, batch);
    }
  }
  if (!is_noted) {
    const std::vector<std::uint32_t> suspects = awaited_slots(host);
    const bool certain = suspects.size() == 1 && !may_be_late(host, ending);
    report_unseen(suspects, certain ? 0 : try_again(suspects, unseen_like(ending)), ending, batch);
  }
  // The one that was first is what the run ends with.
  std::reverse(batch.crashes.begin(), batch.crashes.end());
  batch.panic = true;
  return Goes::out;
}

// Which of them ends its host in such a way when it runs alone.
std::optional<std::size_t> Deaths::try_again(const std::vector<std::uint32_t>& slots, const DiedLike& died_like) const {
  std::vector<TestTask> suspects;
  std::uint64_t longest_ms = 0;
  for (const std::uint32_t slot : slots) {
    const StartedAttempt attempt = run_->dispatcher->running_in(slot);
    suspects.push_back(run_->request.tasks[attempt.task]);
    longest_ms = std::max(longest_ms, attempt.elapsed_ns / ns_per_ms);
  }
  const auto limit_ms = static_cast<std::uint32_t>(std::min<std::uint64_t>(trial_ms + longest_ms, most_trial_ms));
  return find_culprit(run_->setup, suspects, died_like, limit_ms);
}

// ---- a run that goes on

Deaths::Goes Deaths::survive(Host& host, const Ending& ending, Batch& batch) {
  const std::vector<std::uint32_t> noted = noted_slots(host);
  const std::vector<std::uint32_t> suspects = awaited_slots(host);
  unexplained_deaths_ = noted.empty() && suspects.empty() ? unexplained_deaths_ + 1 : 0;
  report_all_noted(host, batch);
  const bool late = may_be_late(host, ending);
  if (noted.empty() && late) {
    report_unseen(suspects, try_again(suspects, unseen_like(ending)), ending, batch);
  } else if (noted.empty() && suspects.size() < 2) {
    report_unseen(suspects, suspects.empty() ? std::nullopt : std::optional<std::size_t>(0), ending, batch);
  }
  if (noted.empty() && !late) {
    interrupt_others(host, "its host died, and several cases may have done it", lane_of(Isolation::process), batch);
  } else {
    interrupt_others(host, "its host died of another case", std::nullopt, batch);
  }
  run_->add_late_output(host, batch);
  run_->table->header().panic.store(0);
  replace(host);
  if (unexplained_deaths_ >= most_unexplained_deaths) {
    batch.host_failures.push_back("hosts died " + std::to_string(most_unexplained_deaths) +
                                  " times in a row while no case ran (the last " + describe(ending) +
                                  "); look for threads that outlive their case");
    return Goes::out;
  }
  return Goes::on;
}

void Deaths::survive_forked(Host& host, Batch& batch) {
  WorkerSlot& slot = run_->hosts.slot(host, 0);
  report_noted(host.first_slot, batch);
  slot.crash.clear();
  run_->table->header().panic.store(0);
  slot.forked_outcome.store(static_cast<std::uint32_t>(Outcome::none));
  slot.settled.fetch_add(1);
  os::futex_wake_all(slot.settled);
}

void Deaths::interrupt_others(const Host& host, const char* why, std::optional<std::uint32_t> lane, Batch& batch) {
  for (const std::uint32_t slot : awaited_slots(host)) {
    run_->dispatcher->interrupt(slot, why, lane, batch);
  }
}

// ---- who did it

std::vector<std::uint32_t> Deaths::noted_slots(const Host& host) const {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = host.first_slot; slot < host.first_slot + host.seats; ++slot) {
    if (run_->table->slot(slot).crash.kind.load(std::memory_order_acquire) != CrashKind::none) {
      slots.push_back(slot);
    }
  }
  return slots;
}

std::vector<std::uint32_t> Deaths::awaited_slots(const Host& host) const {
  std::vector<std::uint32_t> slots;
  run_->for_awaited(host, [&](std::uint32_t slot, const StartedAttempt&) { slots.push_back(slot); });
  return slots;
}

// Whoever finds the heap broken need not have broken it: notes of that are believed only where nothing says otherwise.
void Deaths::report_all_noted(const Host& host, Batch& batch) {
  std::vector<std::uint32_t> noted = noted_slots(host);
  const std::uint32_t first = run_->table->header().panic.load();
  std::stable_partition(noted.begin(), noted.end(), [&](std::uint32_t slot) { return slot + 1 == first; });
  const auto certain_end = std::stable_partition(
      noted.begin(), noted.end(), [&](auto slot) { return !run_->table->slot(slot).crash.heap_is_broken; });
  const std::vector<std::uint32_t> suspects = awaited_slots(host);
  std::optional<std::size_t> culprit;
  if (certain_end != noted.begin()) {
    noted.erase(certain_end, noted.end());
  } else if (!noted.empty() && suspects.size() > 1) {
    culprit = try_again(suspects, is_killed_by_a_signal);
  }
  if (culprit && std::find(noted.begin(), noted.end(), suspects[*culprit]) == noted.end()) {
    report_unseen(suspects, culprit, {CrashKind::died, {true, SIGABRT}}, batch);
    return;
  }
  for (const std::uint32_t slot : noted) {
    if (!culprit || slot == suspects[*culprit]) {
      report_noted(slot, batch);
    }
  }
}

void Deaths::report_noted(std::uint32_t slot, Batch& batch) {
  CrashReport report = report_of(run_->table->slot(slot));
  settle(report, slot, batch);
  batch.crashes.push_back(std::move(report));
}

void Deaths::report_unseen(const std::vector<std::uint32_t>& suspects, std::optional<std::size_t> culprit,
                           const Ending& ending, Batch& batch) {
  CrashReport report = report_of(ending);
  if (suspects.size() > 1) {
    for (const std::uint32_t slot : suspects) {
      report.suspects.push_back(run_->dispatcher->running_in(slot).task);
    }
  }
  if (culprit) {
    settle(report, suspects[*culprit], batch);
  }
  batch.crashes.push_back(std::move(report));
}

// Names the slot's case as the one that crashed, with its output. Without one that has no result yet, the case that
// timed out there, or that ran there last, is suspected.
void Deaths::settle(CrashReport& report, std::uint32_t slot_number, Batch& batch) {
  const WorkerSlot& slot = run_->table->slot(slot_number);
  const StartedAttempt attempt = run_->dispatcher->running_in(slot_number);
  const TaskIndex last = run_->dispatcher->last_finished_in(slot_number);
  report.worker = slot.worker % run_->options.workers;
  const SlotFiles files = run_->hosts.files_of(slot_number);
  report.capture = files.capture;
  report.output_begin = slot.output_begin.load();
  report.output_end = files.output_size;
  if (!report.left_over && run_->dispatcher->is_awaited(attempt)) {
    report.task = attempt.task;
    report.attempt = attempt.attempt;
    const bool last_word = report.kind == CrashKind::sanitizer || run_->options.on_crash == OnCrash::panic;
    run_->dispatcher->settle(slot_number, attempt, Outcome::crash,
                             last_word ? Plan::Retry::forbidden : Plan::Retry::allowed, batch);
  } else if (!report.left_over && attempt.task != no_task) {
    report.suspects.push_back(attempt.task);
  } else if (last != no_task) {
    report.suspects.push_back(last);
  }
}

}  // namespace pyharness
