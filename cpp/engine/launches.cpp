#include "engine/launches.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/batch_size.h"
#include "os/clock.h"
#include "os/memory_file.h"
#include "os/standard_output.h"
#include "pyharness/suite.h"

namespace pyharness {

namespace {

constexpr std::uint32_t look_ms = 20;  // how often running launches are looked at
// Launches in a row that bring no case to its end, until the rest of a program is given up: of one that never has, and
// of one that has.
constexpr std::uint32_t most_fruitless_at_first = 3;
constexpr std::uint32_t most_fruitless = 100;
constexpr std::uint64_t most_unread_bytes = std::uint64_t{64} << 20U;  // beyond it, a launch has to wait for its reader
constexpr std::uint32_t kill_limit_ms = 1000;
constexpr std::uint64_t ns_per_ms = 1'000'000;

Report failure(const CaseDetails& details, std::string text) {
  return {PYHARNESS_REPORT_FAILURE, details.line, details.file, std::move(text)};
}

}  // namespace

Launches::Running::Running(std::uint32_t of, std::vector<TaskIndex> cases)
    : program(of),
      tasks(std::move(cases)),
      ended(tasks.size(), false),
      left(tasks.size()),
      started_ns(os::monotonic_ns()),
      last_ns(started_ns),
      looked_ns(last_ns) {}

Launches::Launches(Run& run, const TimeLimits& time_limits)
    : run_(&run), time_limits_(&time_limits), host_(run.table->add_host(run.options.workers)) {
  run.table->seat(host_, Isolation::program, 0);
  run.table->host(host_).phase.store(HostPhase::running);
  run.hosts.respect(host_);
  first_slot_ = run.table->host(host_).first_slot;
  for (std::uint32_t worker = 0; worker < run.options.workers; ++worker) {
    run.table->place(worker).heirs[lane_of(Isolation::program)].store(host_ + 1);
    seats_.push_back(Seat{first_slot_ + worker, nullptr});
  }
}

bool Launches::owns_slot(std::uint32_t slot) const { return slot >= first_slot_ && slot < first_slot_ + seats(); }

bool Launches::idle() const {
  return stopping_.empty() &&
         std::all_of(seats_.begin(), seats_.end(), [](const Seat& seat) { return seat.running == nullptr; });
}

SlotFiles Launches::files_of(std::uint32_t slot) const {
  const Seat& seat = seats_.at(slot - first_slot_);
  if (seat.running == nullptr || seat.running->launch == nullptr) {
    return {};  // it did not come so far
  }
  return {seat.running->capture, os::file_size(seat.running->launch->capture()->number()), nullptr};
}

std::vector<int> Launches::descriptors() const {
  std::vector<int> descriptors;
  for (const Seat& seat : seats_) {
    if (seat.running != nullptr) {
      descriptors.push_back(seat.running->launch->process().descriptor());
    }
  }
  for (const Stopping& one : stopping_) {
    descriptors.push_back(one.launch->process().descriptor());
  }
  return descriptors;
}

std::uint32_t Launches::until_next_ms(std::uint32_t most_ms) const {
  return idle() ? most_ms : std::min(most_ms, look_ms);
}

void Launches::signal_all(int signal) const {
  for (const Seat& seat : seats_) {
    if (seat.running != nullptr) {
      seat.running->launch->process().signal_group(signal);
    }
  }
  for (const Stopping& one : stopping_) {
    one.launch->process().signal_group(signal);
  }
}

void Launches::postpone(std::uint64_t pause_ns) {
  for (Seat& seat : seats_) {
    if (seat.running != nullptr) {
      seat.running->started_ns += pause_ns;
      seat.running->last_ns += pause_ns;
      seat.running->looked_ns += pause_ns;
    }
  }
  for (Stopping& one : stopping_) {
    one.way_out.postpone(pause_ns);
  }
}

void Launches::kill_all() {
  signal_all(SIGKILL);
  for (Seat& seat : seats_) {
    if (seat.running != nullptr) {
      seat.running->launch->process().wait(kill_limit_ms);
    }
  }
  stopping_.clear();
}

bool Launches::attend(Batch& batch) {
  std::erase_if(stopping_, [&](Stopping& one) {
    const bool ended = one.way_out.advance(one.launch->process(), run_->options.stop_steps);
    if (ended) {
      run_->hosts.bury_capture(one.capture);
    }
    return ended;
  });
  for (Seat& seat : seats_) {
    if (seat.running != nullptr && follow(seat, batch) == Goes::out) {
      return true;
    }
    if (seat.running == nullptr) {
      start_on(seat, batch);
    }
  }
  return false;
}

// ---- starting

void Launches::start_on(Seat& seat, Batch& batch) {
  WorkQueue::Worker worker(*run_->table, seat.slot);
  if (!worker.goes_on()) {
    return;
  }
  if (run_->dispatcher->queue().waiting(lane_of(Isolation::program)) == 0) {
    worker.follow_work();
    return;
  }
  std::uint32_t nobody = 0;
  run_->table->place(slot_of(seat).worker).holder.compare_exchange_strong(nobody, host_ + 1);
  if (worker.holds_place()) {
    launch(seat, claim(), batch);
  }
}

// The next cases of one program, in the order in which the plan has handed them out.
std::vector<TaskIndex> Launches::claim() {
  const WorkQueue& queue = run_->dispatcher->queue();
  const std::uint32_t lane = lane_of(Isolation::program);
  const std::vector<TestTask>& tasks = run_->request.tasks;
  const std::size_t waiting = queue.waiting(lane);
  const TaskIndex first = queue.peek(lane, 0);
  const std::uint32_t program = tasks[first].library;
  std::size_t alike = 1;
  if (!runs_alone(first)) {
    while (alike < waiting && tasks[queue.peek(lane, alike)].library == program &&
           !runs_alone(queue.peek(lane, alike))) {
      ++alike;
    }
  }
  std::size_t size =
      batch_size(alike, run_->options.workers, paces_[program].mean_ns(), paces_[program].mean_start_ns());
  if (const std::uint32_t most = run_->request.programs->most_cases(program); most != 0) {
    size = std::min<std::size_t>(size, most);
  }
  return queue.claim(lane, std::min(size, alike));
}

// Whether it is launched by itself: `--isolation case`, or it has constraints that hold while it runs.
bool Launches::runs_alone(TaskIndex task) const { return run_->alone[task]; }

void Launches::launch(Seat& seat, std::vector<TaskIndex> tasks, Batch& batch) {
  seat.running = std::make_unique<Running>(run_->request.tasks[tasks.front()].library, std::move(tasks));
  Running& running = *seat.running;
  std::vector<std::uint32_t> cases;
  cases.reserve(running.tasks.size());
  for (const TaskIndex task : running.tasks) {
    cases.push_back(run_->request.tasks[task].index);
  }
  Programs& programs = *run_->request.programs;
  std::string why_not = paces_[running.program].given_up;
  if (why_not.empty()) {
    try {
      running.reader = programs.reader(running.program, cases);
      running.launch = std::make_unique<Launch>(
          [&](const Channels& channels) { return programs.command(running.program, cases, channels); },
          programs.wants_address(running.program),
          run_->options.captured ? Launch::Output::kept : Launch::Output::shown);
      running.capture = run_->hosts.add_capture(run_->options.captured ? running.launch->capture() : nullptr);
      return;
    } catch (const std::exception& error) {
      why_not = error.what();
    }
  }
  if (paces_[running.program].given_up.empty()) {
    blame_first(seat, why_not, batch);
  }
  if (!paces_[running.program].given_up.empty()) {
    blame_all(seat, batch);
  }
  give_back_rest(seat);
  leave(seat);
}

// ---- following

Launches::Goes Launches::follow(Seat& seat, Batch& batch) {
  Running& running = *seat.running;
  if (running.open && run_->options.captured) {
    run_->hosts.trim_capture(running.capture, slot_of(seat).output_begin.load(), running.launch->output_taken());
  }
  // First: whatever it has written is there, if it has ended.
  const auto ending = ending_of(running.launch->process(), 0, run_->options.memory_limit_bytes);
  if (ending) {
    read_all(seat, batch);
  } else if (running.launch->output_left() > most_unread_bytes) {
    hold_back(seat, batch);
  } else {
    read_some(seat, batch);
  }
  if (!running.broken.empty()) {
    running.launch->process().signal_group(SIGKILL);
    blame_first(seat, running.broken, batch);
    give_back_rest(seat);
    stop(seat);
    return Goes::on;
  }
  if (ending) {
    return conclude(seat, *ending, batch);
  }
  look_at_limits(seat, batch);
  return Goes::on;
}

void Launches::read_some(Seat& seat, Batch& batch) {
  const Launch::News news = seat.running->launch->take_news();
  apply(seat, seat.running->reader->feed(news.output, news.report), batch);
}

// What is there by now: another process that still writes must not keep it for ever.
void Launches::read_all(Seat& seat, Batch& batch) {
  Running& running = *seat.running;
  std::uint64_t left = running.launch->output_left();
  Launch::News news;
  do {
    news = running.launch->take_news();
    apply(seat, running.reader->feed(news.output, news.report), batch);
    left -= std::min<std::uint64_t>(left, news.output.size());
  } while (!news.all && (left > 0 || !news.report.empty()) && running.broken.empty());
}

// A flood that is quicker than its reader would fill the memory. Nobody sees it stand still: this thread alone looks.
void Launches::hold_back(Seat& seat, Batch& batch) {
  const os::Subprocess& process = seat.running->launch->process();
  process.signal_group(SIGSTOP);
  read_all(seat, batch);
  process.signal_group(SIGCONT);
}

void Launches::apply(Seat& seat, const LaunchProgress& progress, Batch& batch) {
  Running& running = *seat.running;
  const std::uint64_t now = os::monotonic_ns();
  if (!progress.broken.empty()) {
    running.broken = progress.broken;
    return;
  }
  const auto unknown = static_cast<std::uint64_t>(std::count_if(
      progress.ended.begin(), progress.ended.end(), [](const EndedCase& ended) { return ended.duration_ns < 0; }));
  const std::uint64_t each_ns = unknown == 0 ? 0 : (now - std::min(now, running.last_ns)) / unknown;
  for (const EndedCase& ended : progress.ended) {
    if (ended.position >= running.tasks.size() || running.ended[ended.position]) {
      running.broken = "the adapter has told the end of case " + std::to_string(ended.position) + " of a launch of " +
                       std::to_string(running.tasks.size()) + ", which is not awaited";
      return;
    }
    if (running.is_past_limit) {
      break;  // the program has gone on meanwhile
    }
    end_case(seat, ended, each_ns, batch);
    running.is_past_limit = run_->dispatcher->plan().has_failed_enough();
  }
  if (!running.is_past_limit && progress.running && progress.running->position < running.tasks.size() &&
      !running.ended[progress.running->position] && running.open != progress.running->position) {
    begin_case(seat, *progress.running);
  }
  Pace& pace = paces_[running.program];
  if (!running.has_begun && (progress.running || !progress.ended.empty())) {
    running.has_begun = true;
    ++pace.starts;
    pace.start_ns += now - std::min(now, running.started_ns);
  }
  pace.cases += progress.ended.size();
  pace.ns += now - std::min(now, running.looked_ns);
  pace.fruitless = progress.ended.empty() ? pace.fruitless : 0;
  running.looked_ns = now;
}

void Launches::begin_case(Seat& seat, const OpenCase& begun) {
  WorkerSlot& slot = slot_of(seat);
  const TaskIndex task = seat.running->tasks[begun.position];
  slot.current.store(0);
  // At the look before, it had not begun: a short one may even have ended since then.
  slot.started_ns.store(std::max(seat.running->last_ns, seat.running->looked_ns));
  slot.output_begin.store(begun.output_begin);
  slot.current.store(Current{task, run_->dispatcher->plan().attempt(task)}.pack());
  seat.running->open = begun.position;
}

void Launches::end_case(Seat& seat, const EndedCase& ended, std::uint64_t unknown_ns, Batch& batch) {
  Running& running = *seat.running;
  const std::uint64_t now = os::monotonic_ns();
  AttemptEnd end;
  end.start_ns = running.open == ended.position ? slot_of(seat).started_ns.load() : running.last_ns;
  end.duration_ns = ended.duration_ns >= 0           ? static_cast<std::uint64_t>(ended.duration_ns)
                    : running.open == ended.position ? now - std::min(now, end.start_ns)
                                                     : unknown_ns;
  end.output_begin = ended.output_begin;
  end.output_end = ended.output_end;
  const TaskIndex task = running.tasks[ended.position];
  if (!run_->options.captured) {
    os::write_out(ended.kept);
  } else if (!ended.kept.empty()) {
    batch.late_outputs.push_back({task, run_->dispatcher->plan().attempt(task), ended.kept});
  }
  record(seat, ended.position, ended.outcome, end, Plan::Retry::allowed, batch);
  for (const Report& report : ended.reports) {
    batch.reports.push_back({task, report});
  }
}

void Launches::record(Seat& seat, std::uint32_t position, Outcome outcome, const AttemptEnd& end, Plan::Retry retry,
                      Batch& batch) {
  Running& running = *seat.running;
  run_->dispatcher->record(seat.slot, running.tasks[position], outcome, end, retry, batch);
  running.ended[position] = true;
  --running.left;
  running.last_ns = std::min(os::monotonic_ns(), end.start_ns + end.duration_ns);
  if (running.open == position) {
    running.open.reset();
    slot_of(seat).current.store(0);
  }
}

// ---- limits

void Launches::look_at_limits(Seat& seat, Batch& batch) {
  Running& running = *seat.running;
  if (running.open) {
    const std::uint64_t limit_ns = time_limits_->limit_ns(running.tasks[*running.open]);
    if (limit_ns != 0 && run_->dispatcher->running_in(seat.slot).elapsed_ns >= limit_ns) {
      time_out(seat, *running.open, batch);
      return;
    }
  }
  if (run_->dispatcher->plan().cancelled()) {
    // What ran when the run was cancelled may come to its end.
    if (!running.open || (running.last_to_run && running.last_to_run != running.open)) {
      cut_off(seat, batch);
    } else {
      running.last_to_run = running.open;
    }
  } else if (is_quiet_too_long(seat)) {
    const std::string limit = std::to_string(run_->options.load_timeout_ms / 1000) + " s";
    if (running.left == 0) {
      lose(running.program, "did not end within " + limit + " after its last case", text_of(seat), batch);
    } else {
      blame_first(seat, "the program did not begin it within " + limit + ", the limit for loading", batch);
    }
    give_back_rest(seat);
    stop(seat);
  }
}

// Nothing runs in it, and nothing has happened for longer than loading may take.
bool Launches::is_quiet_too_long(const Seat& seat) const {
  const Running& running = *seat.running;
  const std::uint64_t limit_ns = run_->options.load_timeout_ms * ns_per_ms;
  const std::uint64_t now = os::monotonic_ns();
  return limit_ns != 0 && !running.open && now > running.last_ns && now - running.last_ns >= limit_ns;
}

void Launches::time_out(Seat& seat, std::uint32_t position, Batch& batch) {
  const TaskIndex task = seat.running->tasks[position];
  record(seat, position, Outcome::timeout, whole_output(seat), Plan::Retry::allowed, batch);
  batch.reports.push_back({task, time_limits_->why_late(task)});
  give_back_rest(seat);
  stop(seat);
}

void Launches::cut_off(Seat& seat, Batch& batch) {
  tell_held_back(seat, batch);
  if (seat.running->open) {
    const std::uint32_t position = *seat.running->open;
    run_->dispatcher->interrupt(seat.slot, "the run ended", std::nullopt, batch);
    seat.running->ended[position] = true;  // given back
    --seat.running->left;
  }
  give_back_rest(seat);
  stop(seat);
}

// A reader may look at a case once more before it tells its end, and at this one it will not.
void Launches::tell_held_back(Seat& seat, Batch& batch) {
  Running& running = *seat.running;
  read_all(seat, batch);
  LaunchProgress last = running.reader->end({true, SIGKILL});
  std::erase_if(last.ended, [&](const EndedCase& one) { return running.open == one.position; });
  apply(seat, last, batch);
}

// ---- the end of a launch

Launches::Goes Launches::conclude(Seat& seat, const Ending& ending, Batch& batch) {
  Running& running = *seat.running;
  if (ending.kind == CrashKind::died) {
    apply(seat, running.reader->end(ending.status), batch);
  } else {
    running.launch->process().signal_group(SIGKILL);
    running.launch->process().wait(kill_limit_ms);
  }
  Goes goes = Goes::on;
  if (!running.broken.empty()) {
    blame_first(seat, running.broken, batch);
  } else if (running.open) {
    goes = crash(seat, *running.open, ending, batch);
  } else if (running.left == running.tasks.size()) {
    goes = conclude_fruitless(seat, ending, batch);
  } else if (running.left == 0) {
    const std::string wrong = running.reader->verdict_on_exit(ending.status);
    if (!wrong.empty()) {
      lose(running.program, wrong, {}, batch);
    }
  }
  give_back_rest(seat);
  leave(seat);
  return goes;
}

// Not one of its cases has begun: the first is what it failed at.
Launches::Goes Launches::conclude_fruitless(Seat& seat, const Ending& ending, Batch& batch) {
  if (ending.status.signalled || ending.kind != CrashKind::died) {
    count_fruitless(seat, "the program " + os::describe(ending.status) + " before it had begun a case", batch);
    return crash(seat, 0, ending, batch);
  }
  const bool clean = ending.status == os::ExitStatus{};
  blame_first(seat,
              clean ? "the program was asked for this case, and ended without running it"
                    : "the program " + os::describe(ending.status) + " before it had begun a case",
              batch);
  return Goes::on;
}

Launches::Goes Launches::crash(Seat& seat, std::uint32_t position, const Ending& ending, Batch& batch) {
  Running& running = *seat.running;
  const TaskIndex task = running.tasks[position];
  const bool panics = run_->options.on_crash == OnCrash::panic;
  const AttemptEnd end = whole_output(seat);
  CrashReport report;
  report.task = task;
  report.attempt = run_->dispatcher->plan().attempt(task);
  report.worker = slot_of(seat).worker;
  report.kind = ending.kind;
  (ending.status.signalled ? report.signal : report.exit_code) = ending.status.number;
  report.memory_bytes = ending.memory_bytes;
  report.capture = running.capture;
  report.output_begin = end.output_begin;
  report.output_end = end.output_end;
  record(seat, position, Outcome::crash, end, panics ? Plan::Retry::forbidden : Plan::Retry::allowed, batch);
  batch.crashes.push_back(std::move(report));
  batch.panic = batch.panic || panics;
  return panics ? Goes::out : Goes::on;
}

// The first case that has not ended gets an `error`.
void Launches::blame_first(Seat& seat, const std::string& why, Batch& batch) {
  Running& running = *seat.running;
  if (running.left == 0) {
    lose(running.program, why, text_of(seat), batch);
    return;
  }
  const auto first = std::find(running.ended.begin(), running.ended.end(), false) - running.ended.begin();
  blame(seat, static_cast<std::uint32_t>(first), why, Plan::Retry::allowed, batch);
  count_fruitless(seat, why, batch);
}

void Launches::blame(Seat& seat, std::uint32_t position, const std::string& why, Plan::Retry retry, Batch& batch) {
  const TaskIndex task = seat.running->tasks[position];
  record(seat, position, Outcome::error, whole_output(seat), retry, batch);
  batch.reports.push_back({task, failure(run_->request.tasks[task].details(), why)});
}

// Its program was given up.
void Launches::blame_all(Seat& seat, Batch& batch) {
  const std::string why = "not run, since its program was given up: " + paces_[seat.running->program].given_up;
  for (std::uint32_t position = 0; position < seat.running->tasks.size(); ++position) {
    if (!seat.running->ended[position]) {
      blame(seat, position, why, Plan::Retry::forbidden, batch);
    }
  }
}

// When a program brings nothing to its end any more, its other cases end in the same way, without a launch.
void Launches::count_fruitless(Seat& seat, const std::string& why, Batch& batch) {
  Pace& pace = paces_[seat.running->program];
  ++pace.fruitless;
  if (pace.fruitless == (pace.cases == 0 ? most_fruitless_at_first : most_fruitless)) {
    pace.given_up = why + ", " + std::to_string(pace.fruitless) + " times in a row";
    lose(seat.running->program, "is given up: " + pace.given_up, text_of(seat), batch);
  }
}

void Launches::lose(std::uint32_t program, const std::string& why, const std::string& output, Batch& batch) {
  batch.lost_suites.push_back({program, "'" + path_of(program) + "' " + why, output});
}

void Launches::give_back_rest(Seat& seat) {
  Running& running = *seat.running;
  for (std::size_t position = 0; position < running.tasks.size(); ++position) {
    if (!running.ended[position]) {
      running.ended[position] = true;
      run_->dispatcher->plan().give_back(running.tasks[position]);
    }
  }
  running.left = 0;
  running.open.reset();
  slot_of(seat).current.store(0);
}

// Nobody waits for its cases any more.
void Launches::stop(Seat& seat) {
  Stopping stopping{std::move(seat.running->launch), seat.running->capture};
  seat.running.reset();
  stopping.way_out.advance(stopping.launch->process(), run_->options.stop_steps);
  stopping_.push_back(std::move(stopping));
}

void Launches::leave(Seat& seat) {
  if (seat.running->launch != nullptr) {
    run_->hosts.bury_capture(seat.running->capture);
  }
  seat.running.reset();
}

// ---- what is known of it

// Of the case that runs, or that should: from its start until now.
AttemptEnd Launches::whole_output(const Seat& seat) const {
  const Running& running = *seat.running;
  AttemptEnd end;
  end.start_ns = running.open ? slot_of(seat).started_ns.load() : running.last_ns;
  end.duration_ns = os::monotonic_ns() - end.start_ns;
  if (running.launch != nullptr) {
    end.output_begin = running.open ? slot_of(seat).output_begin.load() : 0;
    end.output_end = os::file_size(running.launch->capture()->number());
  }
  return end;
}

std::string Launches::text_of(const Seat& seat) const {
  const AttemptEnd end = whole_output(seat);
  return run_->hosts.read_output(seat.running->capture, end.output_begin, end.output_end);
}

const std::string& Launches::path_of(std::uint32_t program) const {
  const auto& tasks = run_->request.tasks;
  return std::find_if(tasks.begin(), tasks.end(), [&](const TestTask& task) { return task.library == program; })
      ->suite->path;
}

}  // namespace pyharness
