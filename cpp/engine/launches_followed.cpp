// Launches while they run: what they have written is read, and their limits are looked at.
#include <algorithm>
#include <csignal>

#include "engine/launches.h"
#include "os/clock.h"

namespace pyharness {

namespace {

constexpr std::uint64_t most_unread_bytes = std::uint64_t{64} << 20U;  // beyond it, a launch has to wait for its reader
constexpr std::uint64_t ns_per_ms = 1'000'000;

}  // namespace

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
    if (running.is_past_limit) {  // the program has gone on meanwhile
      if (running.open == ended.position) {
        drop_open(seat, ended.position, batch);
      }
      continue;
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
    running.launch->show(ended.kept);
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
    drop_open(seat, *seat.running->open, batch);
  }
  give_back_rest(seat);
  stop(seat);
}

// Of the case that runs, nobody wants to know any more how it ends.
void Launches::drop_open(Seat& seat, std::uint32_t position, Batch& batch) {
  Running& running = *seat.running;
  run_->dispatcher->interrupt(seat.slot, "the run ended", std::nullopt, batch);
  running.ended[position] = true;  // given back
  --running.left;
  running.open.reset();
  slot_of(seat).current.store(0);
}

// A reader may look at a case once more before it tells its end, and at this one it will not.
void Launches::tell_held_back(Seat& seat, Batch& batch) {
  Running& running = *seat.running;
  read_all(seat, batch);
  LaunchProgress last = running.reader->end({true, SIGKILL});
  std::erase_if(last.ended, [&](const EndedCase& one) { return running.open == one.position; });
  apply(seat, last, batch);
}
}  // namespace pyharness
