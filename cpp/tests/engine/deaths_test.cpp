// Runs that go on after a crash: it costs the culprit, and nobody else.
#include "engine/deaths.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/descriptors.h"
#include "support/gate.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::RunRecord;

namespace {

constexpr Isolation all_isolations[] = {Isolation::thread, Isolation::process, Isolation::fork};
constexpr int beside = 20;

struct Death {
  std::string name;
  CrashKind kind;
  int signal = 0;
  int exit_code = 0;
};

// A bad access is left out under AddressSanitizer, whose own checks come before it.
std::vector<Death> ways_to_die() {
  return {{"crashes", CrashKind::signal, SIGSEGV},
          {"aborts in a child thread", CrashKind::signal, SIGABRT},
          {"exits with 0", CrashKind::exit},
          {"exits with 7 in a child thread", CrashKind::exit, 0, 7},
          {"leaves by quick_exit", CrashKind::quick_exit},
          {"leaves with _exit", CrashKind::died, 0, 3},
          {"kills itself", CrashKind::died, SIGKILL},
          {"stops itself", CrashKind::stopped, SIGSTOP}};
}

test::RunDescription going_on(std::vector<std::string> cases, Isolation isolation, std::uint32_t workers) {
  test::RunDescription description{{test::deadly_suite}, std::move(cases), test::run_options(workers), {}};
  description.options.on_crash = OnCrash::go_on;
  description.settings.isolation = isolation;
  return description;
}

std::vector<std::string> with_quick_ones(std::vector<std::string> cases, int count = beside) {
  for (int number = 0; number < count; ++number) {
    cases.push_back("quick[" + std::to_string(number) + "]");
  }
  return cases;
}

void check_culprit(const RunRecord& record, const Death& death) {
  CAPTURE(death.name);
  CHECK(record.outcomes.at(death.name) == Outcome::crash);
  const test::Crash* crash = record.crash_of(death.name);
  REQUIRE(crash != nullptr);
  CHECK(crash->report.kind == death.kind);
  CHECK((crash->report.signal == death.signal && crash->report.exit_code == death.exit_code));
  CHECK(crash->report.attempt == 1);
}

void check_nothing_else(const RunRecord& record, std::size_t crashes, std::size_t passes) {
  CHECK(record.crashes.size() == crashes);
  CHECK(record.count(Outcome::pass) == passes);
  CHECK(record.is_complete(crashes + passes));
  CHECK((!record.panic && record.lost_suites.empty()));
  CHECK(record.host_failures == std::vector<std::string>());
  CHECK(test::child_count() == 0);
}

}  // namespace

TEST_CASE("deaths: a run goes on after every way to die, and only the culprit has crashed") {
  for (const Isolation isolation : all_isolations) {
    for (const std::uint32_t workers : {1U, 2U}) {
      for (const Death& death : ways_to_die()) {
        CAPTURE(name_of(isolation));
        CAPTURE(workers);
        CAPTURE(death.name);
        const RunRecord record = test::run(going_on(with_quick_ones({death.name}), isolation, workers));
        check_culprit(record, death);
        check_nothing_else(record, 1, beside);
      }
    }
  }
}

TEST_CASE("deaths: several crashes in one run are told one by one") {
  std::vector<std::string> cases;
  for (const Death& death : ways_to_die()) {
    cases.push_back(death.name);
  }
  for (const Isolation isolation : all_isolations) {
    for (const std::uint32_t workers : {1U, 3U}) {
      CAPTURE(name_of(isolation));
      CAPTURE(workers);
      const RunRecord record = test::run(going_on(with_quick_ones(cases, 100), isolation, workers));
      for (const Death& death : ways_to_die()) {
        check_culprit(record, death);
      }
      check_nothing_else(record, cases.size(), 100);
    }
  }
}

TEST_CASE("deaths: an attempt that was cut off is told, and runs again as the same attempt") {
  const test::Gate gate;
  const test::Milestone milestone;
  test::RunDescription description = going_on({"prints and hangs for ever", "crashes when told"}, Isolation::thread, 2);
  bool crashed = false;
  description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord& so_far) {
    if (milestone.is_reached() && test::is_running(batch, supervisor, "crashes when told")) {
      gate.open();
    }
    crashed = crashed || !so_far.crashes.empty();
    if (crashed && test::is_running(batch, supervisor, "prints and hangs for ever")) {
      supervisor.cancel(Stop::now);  // it runs again
    }
  };
  const RunRecord record = test::run(description);
  REQUIRE_FALSE(record.interrupted.empty());
  CHECK(record.interrupted[0].name == "prints and hangs for ever");
  CHECK(record.interrupted[0].attempt == 1);
  CHECK(record.interrupted[0].reason.find("of another case") != std::string::npos);
  CHECK(record.interrupted[0].runs_again);
  CHECK(record.interrupted[0].output == "before hanging\n");
  CHECK_FALSE(record.interrupted.back().runs_again);
  CHECK(record.outcomes == std::map<std::string, Outcome>{{"crashes when told", Outcome::crash}});
  CHECK(record.not_run == std::vector<std::string>{"prints and hangs for ever"});
  CHECK_FALSE(record.panic);
}

TEST_CASE("deaths: what a case printed and reported before it crashed is kept, in every isolation") {
  for (const Isolation isolation : all_isolations) {
    CAPTURE(name_of(isolation));
    const RunRecord record = test::run(going_on({"crashes", "quick[0]"}, isolation, 1));
    CHECK(record.outputs.at("crashes") == "last words\n");
    CHECK(record.crashes.at(0).output == "last words\n");
    CHECK(record.reports.at("crashes").size() == 1);
    CHECK_FALSE(record.crashes[0].report.frames.empty());
    CHECK(record.crashes[0].report.maps.find("deadly") != std::string::npos);
  }
}

TEST_CASE("deaths: a panic ends a run in every isolation") {
  for (const Isolation isolation : all_isolations) {
    for (const Death& death : ways_to_die()) {
      CAPTURE(name_of(isolation));
      test::RunDescription description = going_on({death.name, "hangs for ever"}, isolation, 2);
      description.options.on_crash = OnCrash::panic;
      const RunRecord record = test::run(description);
      check_culprit(record, death);
      CHECK(record.panic);
      CHECK(record.not_run == std::vector<std::string>{"hangs for ever"});
      CHECK(test::child_count() == 0);
    }
  }
}

TEST_CASE("deaths: a broken heap is blamed on the case that breaks it alone, not on the one that finds it") {
  if (!test::sanitizer.empty()) {
    MESSAGE("left out under sanitizers, which have heaps of their own: who has broken the heap");
    return;
  }
  for (const OnCrash on_crash : {OnCrash::panic, OnCrash::go_on}) {
    const test::Milestone reached;
    auto description = going_on({"breaks the heap for others", "finds the heap broken"}, Isolation::thread, 2);
    description.options.on_crash = on_crash;
    const RunRecord record = test::run(description);
    check_culprit(record, {"breaks the heap for others", CrashKind::died, SIGABRT});
    CHECK(record.crashes.size() == 1);
    CHECK(record.count(Outcome::pass) == (on_crash == OnCrash::panic ? 0 : 1));
    CHECK(record.not_run.size() == (on_crash == OnCrash::panic ? 1 : 0));
  }
}

TEST_CASE("deaths: a suite that cannot be loaded again costs its own cases only") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process}) {
    CAPTURE(name_of(isolation));
    const test::Gate gate;
    const test::TemporaryFolder folder;
    const std::string copy = folder / "libcopy.so";
    std::filesystem::copy_file(test::deadly_suite, copy);
    test::RunDescription description =
        going_on({"crashes when told", "quick[0]", "quick[1]", "passes", "fails twice"}, isolation, 1);
    description.libraries = {copy, test::ordinary_suite};
    description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord&) {
      if (test::is_running(batch, supervisor, "crashes when told")) {
        std::filesystem::remove(copy);
        gate.open();
      }
    };
    const RunRecord record = test::run(description);
    CHECK(record.outcomes == std::map<std::string, Outcome>{{"crashes when told", Outcome::crash},
                                                            {"quick[0]", Outcome::error},
                                                            {"quick[1]", Outcome::error},
                                                            {"passes", Outcome::pass},
                                                            {"fails twice", Outcome::fail}});
    CHECK(record.is_complete(5));
    REQUIRE(record.lost_suites.size() == 1);
    CHECK(record.lost_suites[0].library == 0);
    CHECK(record.lost_suites[0].reason.find(copy) != std::string::npos);
  }
}

TEST_CASE("deaths: a case that uses more memory than it may is ended, and told apart from other crashes") {
  if (!test::sanitizer.empty()) {
    MESSAGE("left out under a sanitizer, whose own memory counts, too: the limit of memory");
    return;
  }
  constexpr std::uint64_t limit = std::uint64_t{256} << 20U;
  for (const Isolation isolation : all_isolations) {
    CAPTURE(name_of(isolation));
    test::RunDescription description = going_on(with_quick_ones({"uses much memory"}), isolation, 2);
    description.options.memory_limit_bytes = limit;
    const RunRecord record = test::run(description);
    CHECK(record.outcomes.at("uses much memory") == Outcome::crash);
    REQUIRE(record.crash_of("uses much memory") != nullptr);
    CHECK(record.crash_of("uses much memory")->report.kind == CrashKind::memory);
    CHECK(record.crash_of("uses much memory")->report.memory_bytes > limit);
    check_nothing_else(record, 1, beside);
  }
}
