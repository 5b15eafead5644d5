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

void add(RunRecord& record, const Supervisor& supervisor, const Batch& batch) {
  const auto name_of = [&](TaskIndex task) { return supervisor.tasks()[task].details().name; };
  for (std::size_t at = 0; at < batch.finished.tasks.size(); ++at) {
    const std::string name = name_of(batch.finished.tasks[at]);
    record.outcomes[name] = static_cast<Outcome>(batch.finished.outcomes[at]);
    record.outputs[name] = supervisor.read_output(batch.finished.captures[at], batch.finished.output_begins[at],
                                                  batch.finished.output_ends[at]);
    ++record.ends[name];
    record.order.push_back(name);
  }
  for (const TaskReport& report : batch.reports) {
    record.reports[name_of(report.task)].push_back(report.report);
  }
  record.host_failures.insert(record.host_failures.end(), batch.host_failures.begin(), batch.host_failures.end());
  record.timed_out = record.timed_out || batch.timed_out;
  if (batch.crash) {
    record.crash = batch.crash;
    record.crashed = batch.crash->task == no_task ? "" : name_of(batch.crash->task);
    for (const TaskIndex suspect : batch.crash->suspects) {
      record.suspects.push_back(name_of(suspect));
    }
    record.crash_output =
        supervisor.read_output(batch.crash->capture, batch.crash->output_begin, batch.crash->output_end);
  }
}

}  // namespace

std::size_t RunRecord::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [&](const auto& entry) { return entry.second == outcome; }));
}

RunOptions run_options(std::uint32_t workers) {
  RunOptions options;
  options.host_program = host_program;
  options.workers = workers;
  return options;
}

RunRecord run(const RunRequest& request) {
  Supervisor supervisor(request.options);
  supervisor.start(choose(load(supervisor, request.libraries), request.cases));
  RunRecord record;
  for (bool over = false; !over;) {
    Batch batch;
    supervisor.wait(1000, batch);
    add(record, supervisor, batch);
    over = batch.over;
    if (request.after_wait && !over) {
      request.after_wait(supervisor, batch, record);
    }
  }
  for (const TaskIndex task : supervisor.not_run()) {
    record.not_run.push_back(supervisor.tasks()[task].details().name);
  }
  return record;
}

}  // namespace pyharness::test
