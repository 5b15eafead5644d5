// Runs of existing programs: batches of their cases on the workers, and programs that crash, leave, or never begin.
#include "engine/launches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <numeric>
#include <set>

#include "support/descriptors.h"
#include "support/suites.h"
#include "support/supervised_run.h"
#include "support/temporary_folder.h"

using namespace pyharness;
using test::run_options;

using test::RunRecord;
using test::ShellProgram;
using test::ShellPrograms;

namespace {

std::shared_ptr<ShellPrograms> programs(std::vector<ShellProgram> all) {
  return std::make_shared<ShellPrograms>(std::move(all));
}

RunOptions going_on(std::uint32_t workers) {
  RunOptions options = run_options(workers);
  options.on_crash = OnCrash::go_on;
  return options;
}

test::RunDescription description_of(std::shared_ptr<ShellPrograms> all, RunOptions options) {
  test::RunDescription description{{}, {}, std::move(options), {}};
  description.programs = std::move(all);
  return description;
}

RunRecord run(const std::shared_ptr<ShellPrograms>& all, const RunOptions& options) {
  RunRecord record = test::run(description_of(all, options));
  CHECK(test::child_count() == 0);
  return record;
}

RunRecord run(const ShellProgram& program, const RunOptions& options) { return run(programs({program}), options); }

std::string message(RunRecord& record, const std::string& name) {
  return record.reports[name].empty() ? "" : record.reports[name].back().message;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("launches: every case of several programs ends once, in batches, on each number of workers") {
  for (const std::uint32_t workers : {1U, 4U}) {
    const auto all = programs({{"a", 100, {{7, "outcome=fail"}, {8, "outcome=skip"}}}, {"b", 1}, {"c", 30}});
    RunRecord record = run(all, run_options(workers));
    CHECK(record.is_complete(131));
    CHECK(record.count(Outcome::pass) == 129);
    CHECK(record.outcomes["a/7"] == Outcome::fail);
    CHECK(message(record, "a/7") == "told fail");
    CHECK(record.outcomes["a/8"] == Outcome::skip);
    CHECK(record.outputs["a/42"] == "case 42\n");
    CHECK(record.outputs["a/7"].empty());
    std::multiset<std::uint32_t> launched;
    for (const auto& [program, cases] : all->launches()) {
      launched.insert(cases.begin(), cases.end());
      CHECK(std::is_sorted(cases.begin(), cases.end()));
    }
    CHECK(launched.size() == 131);
    CHECK(all->launches().size() < (workers == 1 ? 4U : 100U));
    CHECK((record.lost_suites.empty() && record.crashes.empty() && record.host_failures.empty()));
  }
}

TEST_CASE("launches: a program that takes one case is launched for each") {
  ShellProgram program{"one", 5};
  program.most_cases = 1;
  const auto all = programs({program});
  CHECK(run(all, run_options(2)).is_complete(5));
  CHECK(all->launches().size() == 5);
}

TEST_CASE("launches: --isolation case launches each case by itself; so do constraints, which hold meanwhile") {
  for (const bool isolated : {true, false}) {
    const auto all = programs({{"p", 6}});
    test::RunDescription description = description_of(all, run_options(3));
    if (isolated) {
      description.settings.isolation = Isolation::fork;
    } else {
      description.settings.groups = {0};
      description.group_limits = {1};
    }
    const RunRecord record = test::run(description);
    CHECK(record.is_complete(6));
    CHECK(all->launches().size() == 6);
    std::vector<test::Attempt> attempts;
    for (const auto& [name, ended] : record.attempts) {
      attempts.push_back(ended.at(0));
    }
    std::sort(attempts.begin(), attempts.end(), [](const auto& a, const auto& b) { return a.start_ns < b.start_ns; });
    for (std::size_t at = 1; at < attempts.size() && !isolated; ++at) {
      CHECK(attempts[at].start_ns >= attempts[at - 1].end_ns);
    }
  }
}

TEST_CASE("launches: durations add up to the time of the launch where a program tells none, not even beginnings") {
  for (const bool tells : {true, false}) {
    ShellProgram program{"p", 20};
    program.tells_beginnings = tells;
    const RunRecord record = run(program, run_options(1));
    CHECK(record.is_complete(20));
    std::uint64_t sum = 0;
    std::uint64_t end = 0;
    for (const auto& [name, attempts] : record.attempts) {
      sum += attempts.at(0).end_ns - attempts.at(0).start_ns;
      end = std::max(end, attempts.at(0).end_ns);
    }
    CHECK(sum <= end);
  }
}

TEST_CASE("launches: a case that crashes costs itself, and the others run") {
  for (const std::uint32_t workers : {1U, 4U}) {
    const auto all = programs({{"p", 50, {{20, "echo last words; kill -SEGV $$"}}}});
    RunRecord record = run(all, going_on(workers));
    CHECK(record.is_complete(50));
    CHECK(record.count(Outcome::pass) == 49);
    CHECK(record.outcomes["p/20"] == Outcome::crash);
    REQUIRE(record.crashes.size() == 1);
    CHECK(record.crashes[0].name == "p/20");
    CHECK(record.crashes[0].report.signal == SIGSEGV);
    CHECK(record.crashes[0].output == "last words\n");
    CHECK(record.lost_suites.empty());
  }
}

TEST_CASE("launches: a case that leaves in the middle is a crash with that exit code, 0 as well") {
  for (const int code : {0, 1, 77}) {
    RunRecord record = run({"p", 9, {{4, "exit " + std::to_string(code)}}}, going_on(2));
    CHECK(record.is_complete(9));
    CHECK(record.count(Outcome::pass) == 8);
    REQUIRE(record.crash_of("p/4") != nullptr);
    CHECK(record.crash_of("p/4")->report.signal == 0);
    CHECK(record.crash_of("p/4")->report.exit_code == code);
  }
}

TEST_CASE("launches: a case that stops its process is a crash") {
  RunRecord record = run({"p", 3, {{1, "kill -STOP $$"}}}, going_on(1));
  CHECK(record.is_complete(3));
  REQUIRE(record.crash_of("p/1") != nullptr);
  CHECK(record.crash_of("p/1")->report.kind == CrashKind::stopped);
}

TEST_CASE("launches: panic ends the run at the first crash") {
  const RunRecord record = run({"p", 50, {{3, "kill -ABRT $$"}}}, run_options(1));
  CHECK(record.panic);
  REQUIRE(record.crashes.size() == 1);
  CHECK(record.crashes[0].name == "p/3");
  CHECK(record.ends.size() == 4);
  CHECK(record.not_run.size() == 46);
}

TEST_CASE("launches: a program that cannot be started is given up, and the others run") {
  ShellProgram missing{"missing", 40};
  missing.path = "/nowhere/program";
  const auto all = programs({missing, {"p", 5}});
  RunRecord record = run(all, run_options(2));
  CHECK(record.is_complete(45));
  CHECK(record.count(Outcome::error) == 40);
  CHECK(record.count(Outcome::pass) == 5);
  CHECK(has(message(record, "missing/0"), "No such file or directory"));
  CHECK(has(message(record, "missing/39"), "given up"));
  CHECK(all->launches_of("missing") == 3);
  REQUIRE(record.lost_suites.size() == 1);
  CHECK(has(record.lost_suites[0].reason, "'missing' is given up"));
}

TEST_CASE("launches: a program that ends before it begins a case is given up after three launches") {
  for (const char* before : {"exit 0", "echo why >&2; exit 5"}) {
    ShellProgram program{"p", 40};
    program.before = before;
    const auto all = programs({program});
    RunRecord record = run(all, run_options(4));
    CHECK(record.is_complete(40));
    CHECK(record.count(Outcome::error) == 40);
    CHECK(record.crashes.empty());
    CHECK(record.lost_suites.size() == 1);
    CHECK(all->launches().size() <= 3 + 3);  // those that ran beside the third
  }
}

TEST_CASE("launches: a program that is killed before it begins a case is a crash of the first") {
  ShellProgram program{"p", 40};
  program.before = "kill -SEGV $$";
  RunRecord record = run(program, going_on(1));
  CHECK(record.is_complete(40));
  CHECK(record.count(Outcome::crash) == 3);
  CHECK(record.count(Outcome::error) == 37);
  const RunRecord panicked = run(program, run_options(1));
  CHECK(panicked.panic);
  CHECK(panicked.crashes.at(0).name == "p/0");
}

TEST_CASE("launches: what a program leaves out is run by the next launch") {
  ShellProgram program{"p", 10};
  program.before = "set -- $(echo $* | cut -d' ' -f1-3)";  // three cases a launch, whatever it is asked for
  const auto all = programs({program});
  const RunRecord record = run(all, run_options(1));
  CHECK(record.is_complete(10));
  CHECK(record.count(Outcome::pass) == 10);
  CHECK(all->launches().size() == 4);
}

TEST_CASE("launches: a failure after the last case fails the suite, not a case") {
  for (const auto& [after, told] :
       {std::pair("exit 9", "ended with exit code 9"), std::pair("kill -SEGV $$", "signal 11")}) {
    ShellProgram program{"p", 4};
    program.after = after;
    const RunRecord record = run(program, run_options(1));
    CHECK(record.count(Outcome::pass) == 4);
    CHECK(record.is_complete(4));
    REQUIRE(record.lost_suites.size() == 1);
    CHECK(has(record.lost_suites[0].reason, told));
  }
}

TEST_CASE("launches: what is wrong after the last case of several launches is told once") {
  ShellProgram program{"p", 40};
  program.after = "exit 9";
  const auto all = programs({program, {"q", 4}});
  const RunRecord record = run(all, run_options(4));
  CHECK(record.is_complete(44));
  CHECK(record.count(Outcome::pass) == 44);
  CHECK(all->launches_of("p") > 1);
  CHECK(record.lost_suites.size() == 1);
}

TEST_CASE("launches: a reader that fails, or tells nonsense, ends its launch and not the run") {
  const auto broken = [](LaunchProgress) {
    LaunchProgress progress;
    progress.broken = "its adapter failed: no idea";
    return progress;
  };
  const auto beyond = [](LaunchProgress progress) {
    progress.ended.push_back({1000, Outcome::pass});
    return progress;
  };
  const auto twice = [](LaunchProgress progress) {
    progress.ended.insert(progress.ended.end(), progress.ended.begin(), progress.ended.end());
    return progress;
  };
  for (const std::function<LaunchProgress(LaunchProgress)>& misread :
       {std::function<LaunchProgress(LaunchProgress)>(broken), std::function<LaunchProgress(LaunchProgress)>(beyond),
        std::function<LaunchProgress(LaunchProgress)>(twice)}) {
    ShellProgram program{"bad", 30};
    program.misread = misread;
    RunRecord record = run(programs({program, {"good", 3}}), run_options(2));
    CHECK(record.is_complete(33));
    CHECK(record.count(Outcome::error) + record.lost_suites.size() > 0);
    CHECK(record.outcomes["good/2"] == Outcome::pass);
  }
}

TEST_CASE("launches: retries are launches of their own") {
  const test::TemporaryFolder folder;
  const auto all = programs({{"p",
                              10,
                              {{4, "[ -e " + (folder / "seen") + " ] || outcome=fail; : > " + (folder / "seen")},
                               {6, "outcome=fail"},
                               {7, "exit 1"}}}});
  test::RunDescription description = description_of(all, going_on(2));
  description.settings.retries = 2;
  RunRecord record = test::run(description);
  CHECK(record.is_complete(10));
  CHECK(record.outcomes["p/4"] == Outcome::pass);
  CHECK(record.attempts["p/4"].size() == 2);
  CHECK(record.outcomes["p/6"] == Outcome::fail);
  CHECK(record.attempts["p/6"].size() == 3);
  CHECK(record.outcomes["p/7"] == Outcome::crash);
  CHECK(record.attempts["p/7"].size() == 3);
  CHECK(record.crashes.size() == 3);
}

TEST_CASE("launches: cases of programs and of libraries share the workers") {
  for (const std::uint32_t workers : {1U, 3U}) {
    test::RunDescription description = description_of(programs({{"p", 60}, {"q", 3}}), run_options(workers));
    description.libraries = {test::ordinary_suite, test::bare_suite};
    const RunRecord record = test::run(description);
    CHECK(record.is_complete(4020 + 23 + 63));
    CHECK(record.count(Outcome::fail) == 400 + 6);
    CHECK(record.outputs.at("plain/19") == "out 19\n");
    CHECK(record.outputs.at("p/59") == "case 59\n");
    CHECK(test::child_count() == 0);
    for (const auto& [name, attempts] : record.attempts) {
      CHECK(attempts.at(0).worker < workers);
    }
  }
}

TEST_CASE("launches: a program's process group goes with it, children included") {
  const auto before = test::open_descriptors();
  const RunRecord record = run({"p", 4, {{1, "sleep 1000 & echo started"}}}, run_options(2));
  CHECK(record.count(Outcome::pass) == 4);
  CHECK(test::open_descriptors() == before);
}
