// Whole runs that end well: outcomes, reports, output, order, loading, and nothing left behind.
#include "engine/supervisor.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/descriptors.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::run_options;
using test::RunRecord;

TEST_CASE("supervisor: every case of two suites ends once, with its outcome and its reports") {
  RunRecord record = test::run({{test::ordinary_suite, test::bare_suite}, {}, run_options(4), {}});
  CHECK(record.outcomes.size() == 4020 + 23);
  CHECK(std::all_of(record.ends.begin(), record.ends.end(), [](const auto& entry) { return entry.second == 1; }));
  CHECK((record.not_run.empty() && record.crashes.empty()));
  CHECK(record.host_failures == std::vector<std::string>());
  CHECK(record.outcomes["passes"] == Outcome::pass);
  CHECK(record.outcomes["skips"] == Outcome::skip);
  CHECK(record.reports["skips"].at(0).message == "not today");
  for (const char* name : {"fails in a child thread", "requires in a child thread", "fails in a grandchild thread",
                           "leaves at once", "throws"}) {
    CHECK(record.outcomes[name] == Outcome::fail);
    CHECK(record.reports[name].size() == 1);
  }
  CHECK(record.reports["fails twice"].size() == 2);
  CHECK(record.reports["fails twice"][1].file.find("ordinary.cpp") != std::string::npos);
  CHECK(record.count(Outcome::fail) == 400 + 6);
  CHECK(record.outputs["plain/19"] == "out 19\n");
}

TEST_CASE("supervisor: serial cases come last and run alone") {
  const RunRecord record = test::run({{test::bare_suite, test::ordinary_suite}, {}, run_options(4), {}});
  const auto first_serial = std::find_if(record.order.begin(), record.order.end(),
                                         [](const std::string& name) { return name.rfind("serial", 0) == 0; });
  CHECK(std::distance(first_serial, record.order.end()) == 23);
  CHECK(std::all_of(first_serial, record.order.end(),
                    [&](const std::string& name) { return record.outcomes.at(name) == Outcome::pass; }));
}

TEST_CASE("supervisor: outputs of cases side by side do not mix") {
  const RunRecord record = test::run({{test::ordinary_suite}, {}, run_options(4), {}});
  for (int number = 0; number < 12; ++number) {
    const std::string& output = record.outputs.at("prints[" + std::to_string(number) + "]");
    const std::string mark = "mark" + std::to_string(number) + ".";
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin < output.size(); begin = output.find('\n', begin) + 1) {
      CHECK(output.compare(begin, mark.size(), mark) == 0);
      ++lines;
    }
    CHECK(lines == 26);
  }
}

TEST_CASE("supervisor: max_fail ends the run early; what was not run is told") {
  RunOptions options = run_options(2);
  options.max_fail = 1;
  const RunRecord record = test::run({{test::ordinary_suite}, {"fails twice", "serial[0]"}, options, {}});
  CHECK(record.outcomes == std::map<std::string, Outcome>{{"fails twice", Outcome::fail}});
  CHECK(record.not_run == std::vector<std::string>{"serial[0]"});
}

TEST_CASE("supervisor: a library that cannot be loaded costs only itself") {
  RunOptions options = run_options(2);
  options.load_timeout_ms = 3000;
  Supervisor supervisor(options);
  const auto loaded =
      supervisor.load({test::constructor_crashes, test::ordinary_suite, test::constructor_exits,
                       "/nowhere/libmissing.so", test::constructor_hangs, test::not_a_suite, test::bare_suite});
  using Kind = LoadFailure::Kind;
  const auto kind = [&](std::size_t at) { return std::get<LoadFailure>(loaded.at(at).result).kind; };
  CHECK(kind(0) == Kind::died);
  CHECK(kind(2) == Kind::died);
  CHECK(kind(3) == Kind::refused);
  CHECK(kind(4) == Kind::late);
  CHECK(kind(5) == Kind::refused);
  CHECK(loaded[0].output == "printed while loading\n");
  const auto listing = std::get<std::shared_ptr<const SuiteListing>>(loaded.at(6).result);
  supervisor.start(
      {{6, 0, listing}, {6, 7, listing}, {1, 0, std::get<std::shared_ptr<const SuiteListing>>(loaded.at(1).result)}});
  std::size_t ended = 0;
  for (Batch batch; !batch.over; ended += batch.finished.tasks.size()) {
    batch = {};
    supervisor.wait(1000, batch);
  }
  CHECK(ended == 3);
}

TEST_CASE("supervisor: a run without tasks is over at once, and waiting after the end is harmless") {
  Supervisor supervisor(run_options(2));
  supervisor.start(std::vector<TestTask>{});
  Batch batch;
  for (int waits = 0; waits < 100 && !batch.over; ++waits) {
    supervisor.wait(1000, batch);
  }
  CHECK(batch.over);
  CHECK(supervisor.not_run().empty());
  Batch again;
  supervisor.wait(600'000, again);
  CHECK(again.over);
}

TEST_CASE("supervisor: leaves no process and no descriptor behind, whatever way a run ends") {
  const auto before = test::open_descriptors();
  test::run({{test::ordinary_suite}, {}, run_options(3), {}});
  test::run({{test::deadly_suite}, {"hangs", "quick[0]"}, run_options(2), {}});
  {
    const Supervisor never_started(run_options(2));
  }
  {
    Supervisor only_loaded(run_options(2));
    only_loaded.load({test::ordinary_suite});
  }
  {
    Supervisor abandoned(run_options(2));
    const auto loaded = abandoned.load({test::deadly_suite});
    abandoned.start({{0, 2, std::get<std::shared_ptr<const SuiteListing>>(loaded[0].result)}});
    Batch batch;
    abandoned.wait(0, batch);
  }
  CHECK(test::open_descriptors() == before);
  CHECK(test::child_count() == 0);
}
