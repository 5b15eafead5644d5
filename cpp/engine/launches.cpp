#include "engine/launches.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/batch_size.h"
#include "os/clock.h"
#include "os/memory_file.h"

namespace pyharness {

namespace {

constexpr std::uint32_t look_ms = 20;  // how often running launches are looked at
constexpr std::uint32_t kill_limit_ms = 1000;

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
