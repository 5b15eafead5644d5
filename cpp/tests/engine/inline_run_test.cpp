// Runs inside this process: the pool and the dispatcher together.
#include "engine/inline_run.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "os/dynamic_library.h"
#include "support/descriptors.h"
#include "support/pool_run.h"
#include "support/suites.h"

using namespace pyharness;

namespace {

bool always() { return true; }

std::vector<TestTask> tasks_of(const std::shared_ptr<const SuiteListing>& listing, std::uint32_t first,
                               std::uint32_t past) {
  std::vector<TestTask> tasks;
  for (; first < past; ++first) {
    tasks.push_back({0, first, listing});
  }
  return tasks;
}

// The counters of the bare suite, which is loaded once per process.
unsigned bare_runs(std::size_t index) {
  static const os::DynamicLibrary library(test::bare_suite);
  return reinterpret_cast<unsigned (*)(std::size_t)>(library.symbol("bare_runs"))(index);
}
void bare_forget() {
  const os::DynamicLibrary library(test::bare_suite);
  reinterpret_cast<void (*)()>(library.symbol("bare_forget"))();
}

}  // namespace

TEST_CASE("inline run: every case runs exactly once, with its outcome, reports and output; serial ones alone") {
  for (const std::uint32_t workers : {1U, 2U, 7U}) {
    CAPTURE(workers);
    InlineRun run(workers);
    const auto listing = run.load(test::bare_suite);
    bare_forget();
    const Batch batch = run.run(tasks_of(listing, 0, 4020), 0, always);
    CHECK(batch.over);
    REQUIRE(batch.finished.tasks.size() == 4020);
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < batch.finished.tasks.size(); ++at) {
      const TaskIndex task = batch.finished.tasks[at];
      const Outcome expected = task >= 4000 ? Outcome::pass : test::bare_outcome(task);
      const std::string output = run.read_output(batch.finished.captures[at], batch.finished.output_begins[at],
                                                 batch.finished.output_ends[at]);
      const bool right = batch.finished.outcomes[at] == static_cast<std::uint8_t>(expected) && bare_runs(task) == 1 &&
                         output == (task < 4000 && task % 10 == 9 ? "out " + std::to_string(task) + "\n" : "");
      wrong += right ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(batch.reports.size() == 400);
    CHECK(std::all_of(batch.reports.begin(), batch.reports.end(),
                      [](const TaskReport& entry) { return entry.report.line == entry.task; }));
  }
}

TEST_CASE("inline run: max_fail leaves the rest without a result, and says nothing false about it") {
  InlineRun run(2);
  const auto listing = run.load(test::bare_suite);
  bare_forget();
  const Batch batch = run.run(tasks_of(listing, 0, 4000), 1, always);
  CHECK(batch.over);
  CHECK(std::count(batch.finished.outcomes.begin(), batch.finished.outcomes.end(),
                   static_cast<std::uint8_t>(Outcome::fail)) >= 1);
  for (const TaskIndex task : batch.finished.tasks) {
    CHECK(bare_runs(task) == 1);
  }
}

TEST_CASE("inline run: ends when it is told not to go on") {
  InlineRun run(2);
  const auto listing = run.load(test::bare_suite);
  const Batch batch = run.run(tasks_of(listing, 0, 4000), 0, [] { return false; });
  CHECK(batch.over);
  CHECK(batch.finished.tasks.size() <= 4000);
}

TEST_CASE("inline run: a plan without tasks is over at once") {
  InlineRun run(2);
  CHECK(run.run({}, 0, always).over);
}

TEST_CASE("inline run: leaves the descriptors of this thread as they were") {
  InlineRun warm_up(1);
  warm_up.load(test::bare_suite);
  const auto before = test::open_descriptors();
  {
    InlineRun run(3);
    run.run(tasks_of(run.load(test::bare_suite), 0, 50), 0, always);
  }
  CHECK(test::open_descriptors() == before);
}

TEST_CASE("inline run: two cases side by side do not mix their outputs") {
  InlineRun run(4);
  const auto listing = run.load(test::ordinary_suite);
  std::vector<TestTask> tasks = tasks_of(listing, 0, static_cast<std::uint32_t>(listing->cases.size()));
  std::erase_if(tasks, [](const TestTask& task) { return task.details().name.rfind("prints[", 0) != 0; });
  const Batch batch = run.run(tasks, 0, always);
  REQUIRE(batch.finished.tasks.size() == 12);
  for (std::size_t at = 0; at < 12; ++at) {
    const std::string& name = tasks[batch.finished.tasks[at]].details().name;
    const std::string mark = "mark" + name.substr(7, name.size() - 8) + ".";
    const std::string output =
        run.read_output(batch.finished.captures[at], batch.finished.output_begins[at], batch.finished.output_ends[at]);
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin < output.size(); begin = output.find('\n', begin) + 1) {
      CHECK(output.compare(begin, mark.size(), mark) == 0);
      ++lines;
    }
    CHECK(lines == 26);
  }
}
