#include "support/supervised_run.h"

#include <algorithm>
#include <stdexcept>

#include "support/suites.h"

namespace pyharness::test {

namespace {

using Listings = std::vector<std::shared_ptr<const SuiteListing>>;

Listings load(Supervisor& supervisor, const std::vector<std::string>& libraries) {
  Listings listings;
  for (const LoadedLibrary& loaded : supervisor.load(libraries)) {
    const auto* listing = std::get_if<std::shared_ptr<const SuiteListing>>(&loaded.result);
    listings.push_back(listing == nullptr ? nullptr : *listing);
  }
  return listings;
}

bool is_wanted(const CaseDetails& details, const std::vector<std::string>& names) {
  return names.empty() ? !details.disabled : std::find(names.begin(), names.end(), details.name) != names.end();
}

std::vector<TestTask> choose(const Listings& listings, const std::vector<std::string>& names) {
  std::vector<TestTask> tasks;
  for (std::uint32_t library = 0; library < listings.size(); ++library) {
    for (std::uint32_t index = 0; listings[library] != nullptr && index < listings[library]->cases.size(); ++index) {
      if (is_wanted(listings[library]->cases[index], names)) {
        tasks.push_back({library, index, listings[library]});
      }
    }
  }
  const auto place = [&](const TestTask& task) { return std::find(names.begin(), names.end(), task.details().name); };
  std::stable_sort(tasks.begin(), tasks.end(),
                   [&](const TestTask& a, const TestTask& b) { return place(a) < place(b); });
  if (tasks.size() < names.size()) {
    throw std::logic_error("a case that the test names does not exist");
  }
  return tasks;
}

// Those of one batch, named.
class Names {
 public:
  explicit Names(const Supervisor& supervisor) : supervisor_(&supervisor) {}
  std::string of(TaskIndex task) const { return task == no_task ? "" : supervisor_->tasks()[task].details().name; }
  std::vector<std::string> of(const std::vector<TaskIndex>& tasks) const {
    std::vector<std::string> names;
    for (const TaskIndex task : tasks) {
      names.push_back(of(task));
    }
    return names;
  }

 private:
  const Supervisor* supervisor_;
};

void add_finished(RunRecord& record, const Supervisor& supervisor, const FinishedColumns& finished) {
  for (std::size_t at = 0; at < finished.tasks.size(); ++at) {
    const std::string name = Names(supervisor).of(finished.tasks[at]);
    const auto outcome = static_cast<Outcome>(finished.outcomes[at]);
    record.outcomes[name] = outcome;
    record.outputs[name] =
        supervisor.read_output(finished.captures[at], finished.output_begins[at], finished.output_ends[at]);
    record.ends[name] += finished.finals[at];
    record.order.push_back(name);
    record.attempts[name].push_back({finished.attempts[at], outcome, finished.finals[at] != 0, finished.workers[at],
                                     finished.starts_ns[at], finished.starts_ns[at] + finished.durations_ns[at],
                                     finished.retry_delays_ns[at]});
  }
}

void add(RunRecord& record, const Supervisor& supervisor, const Batch& batch) {
  const Names names(supervisor);
  add_finished(record, supervisor, batch.finished);
  for (const TaskReport& report : batch.reports) {
    record.reports[names.of(report.task)].push_back(report.report);
  }
  for (const CrashReport& crash : batch.crashes) {
    record.crashes.push_back({names.of(crash.task), crash, names.of(crash.suspects),
                              supervisor.read_output(crash.capture, crash.output_begin, crash.output_end)});
  }
  for (const InterruptedAttempt& one : batch.interrupted) {
    record.interrupted.push_back({names.of(one.attempt.task), one.attempt.attempt, one.reason, one.runs_again,
                                  supervisor.read_output(one.capture, one.output_begin, one.output_end)});
  }
  for (const LateOutput& late : batch.late_outputs) {
    record.late_outputs[names.of(late.task)] += late.text;
  }
  for (const HungStack& stack : batch.stacks) {
    record.stacks.emplace_back(names.of(stack.task), stack);
  }
  record.lost_suites.insert(record.lost_suites.end(), batch.lost_suites.begin(), batch.lost_suites.end());
  record.host_failures.insert(record.host_failures.end(), batch.host_failures.begin(), batch.host_failures.end());
  record.timed_out = record.timed_out || batch.timed_out;
  record.panic = record.panic || batch.panic;
}

// With what the run says of each of the tasks.
RunRequest request_for(std::vector<TestTask> tasks, const RunDescription& description) {
  RunRequest request{std::move(tasks), {description.settings}, description.group_limits};
  request.programs = description.programs;
  for (const auto& [name, settings] : description.settings_of) {
    for (TestTask& task : request.tasks) {
      if (task.details().name == name) {
        task.settings = static_cast<std::uint32_t>(request.settings.size());
      }
    }
    request.settings.push_back(settings);
  }
  return request;
}

}  // namespace

std::size_t RunRecord::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [&](const auto& entry) { return entry.second == outcome; }));
}

bool RunRecord::is_complete(std::size_t planned) const {
  return ends.size() == planned && not_run.empty() &&
         std::all_of(ends.begin(), ends.end(), [](const auto& entry) { return entry.second == 1; });
}

const Crash* RunRecord::crash_of(const std::string& name) const {
  const auto found =
      std::find_if(crashes.begin(), crashes.end(), [&](const Crash& crash) { return crash.name == name; });
  return found == crashes.end() ? nullptr : &*found;
}

bool is_running(const Batch& batch, const Supervisor& supervisor, const std::string& name) {
  return std::any_of(batch.running.begin(), batch.running.end(),
                     [&](const StartedAttempt& attempt) { return Names(supervisor).of(attempt.task) == name; });
}

RunOptions run_options(std::uint32_t workers) {
  RunOptions options;
  options.host_program = host_program;
  options.workers = workers;
  return options;
}

RunRecord run(const RunDescription& description) {
  Supervisor supervisor(description.options);
  Listings listings = load(supervisor, description.libraries);
  if (description.programs != nullptr) {
    description.programs->number_from(static_cast<std::uint32_t>(listings.size()));
    const auto programs = description.programs->listings();
    listings.insert(listings.end(), programs.begin(), programs.end());
  }
  supervisor.start(request_for(choose(listings, description.cases), description), description.room);
  RunRecord record;
  for (bool over = false; !over;) {
    Batch batch;
    supervisor.wait(1000, batch);
    add(record, supervisor, batch);
    over = batch.over;
    if (description.after_wait && !over) {
      description.after_wait(supervisor, batch, record);
    }
  }
  record.not_run = Names(supervisor).of(supervisor.not_run());
  return record;
}

}  // namespace pyharness::test
