// Launches that have ended, or that nobody waits for any more: what becomes of their cases, and whose fault it was.
#include <algorithm>
#include <csignal>
#include <utility>

#include "engine/launches.h"
#include "os/memory_file.h"
#include "pyharness/suite.h"

namespace pyharness {

namespace {

// Launches in a row that bring no case to its end, until the rest of a program is given up: of one that never has, and
// of one that has.
constexpr std::uint32_t most_fruitless_at_first = 3;
constexpr std::uint32_t most_fruitless = 100;
constexpr std::uint32_t kill_limit_ms = 1000;

Report failure(const CaseDetails& details, std::string text) {
  return {PYHARNESS_REPORT_FAILURE, details.line, details.file, std::move(text)};
}

}  // namespace

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

// Once for each reason, however many launches come to the same end.
void Launches::lose(std::uint32_t program, const std::string& why, const std::string& output, Batch& batch) {
  if (paces_[program].losses.insert(why).second) {
    batch.lost_suites.push_back({program, "'" + path_of(program) + "' " + why, output});
  }
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
}  // namespace pyharness
