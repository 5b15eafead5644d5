// What cases leave behind: told, counted as asked, and put right before the next case.
#include "engine/leftovers.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cfenv>
#include <thread>

#include "support/descriptors.h"
#include "support/shared_table.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::RunRecord;

namespace {

const std::vector<std::pair<std::string, std::string>> changes = {{"changes the directory", "working directory"},
                                                                  {"changes the umask", "umask"},
                                                                  {"sets a variable", "PYHARNESS_TEST_LEFT"},
                                                                  {"handles a signal", "SIGUSR1"},
                                                                  {"blocks a signal", "SIGUSR2"}};

RunRecord run(std::vector<std::string> cases, Leaks leaks, Isolation isolation = Isolation::process,
              std::uint32_t workers = 1) {
  RunOptions options = test::run_options(workers);
  options.leaks = leaks;
  TaskSettings settings;
  settings.isolation = isolation;
  return test::run({{test::leaving_suite}, std::move(cases), options, {}, settings});
}

// The only report of the case, which is of that kind.
std::string told(const RunRecord& record, const std::string& name, std::uint32_t kind = report_leak) {
  CAPTURE(name);
  REQUIRE(record.reports.count(name) == 1);
  const auto& reports = record.reports.at(name);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].kind == kind);
  return reports[0].message;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("leftovers: in a process of its own, each change is told of the case that made it, and undone for the next") {
  for (const auto& [name, what] : changes) {
    CAPTURE(name);
    const RunRecord record = run({name, "finds nothing changed"}, Leaks::warn);
    CHECK(record.outcomes.at(name) == Outcome::pass);
    CHECK(has(told(record, name), what));
    CHECK(record.outcomes.at("finds nothing changed") == Outcome::pass);
    CHECK(record.reports.count("finds nothing changed") == 0);
  }
}

TEST_CASE("leftovers: they can be failures") {
  for (const auto& [name, what] : changes) {
    CAPTURE(name);
    const RunRecord record = run({name, "leaves nothing"}, Leaks::fail);
    CHECK(record.outcomes.at(name) == Outcome::fail);
    CHECK(has(record.reports.at(name).at(0).message, what));
    CHECK(record.outcomes.at("leaves nothing") == Outcome::pass);
  }
}

TEST_CASE("leftovers: they can be ignored, and stay then") {
  const RunRecord record = run({"sets a variable", "leaves a process", "finds nothing changed"}, Leaks::ignore);
  CHECK(record.outcomes.at("sets a variable") == Outcome::pass);
  CHECK(record.reports.count("sets a variable") == 0);
  CHECK(record.reports.count("leaves a process") == 0);
  CHECK(record.outcomes.at("finds nothing changed") == Outcome::fail);
  CHECK(test::child_count() == 0);
}

TEST_CASE("leftovers: a process is told and killed, in every isolation") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    const RunRecord warned = run({"leaves a process", "leaves nothing"}, Leaks::warn, isolation, 2);
    CHECK(warned.outcomes.at("leaves a process") == Outcome::pass);
    CHECK(has(told(warned, "leaves a process"), "left 1 process running"));
    const RunRecord failed = run({"leaves a process", "leaves nothing"}, Leaks::fail, isolation, 2);
    CHECK(failed.outcomes.at("leaves a process") == Outcome::fail);
    CHECK(failed.outcomes.at("leaves nothing") == Outcome::pass);
  }
}

TEST_CASE("leftovers: a thread is told once, on its own worker") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process}) {
    CAPTURE(name_of(isolation));
    const RunRecord record = run({"leaves a thread", "leaves nothing"}, Leaks::warn, isolation);
    CHECK(has(told(record, "leaves a thread"), "left 1 thread running"));
    CHECK(record.reports.count("leaves nothing") == 0);
    CHECK(record.is_complete(2));
  }
}

TEST_CASE("leftovers: on threads, what belongs to the thread is certain; what all share may be another's") {
  for (const char* name : {"changes the directory", "changes the umask", "blocks a signal"}) {
    told(run({name}, Leaks::warn, Isolation::thread, 2), name);
  }
  for (const char* name : {"sets a variable", "handles a signal"}) {
    const RunRecord record = run({name}, Leaks::fail, Isolation::thread, 2);
    CHECK(has(told(record, name, report_uncertain_leak), "or one before it in the same process"));
    CHECK(record.outcomes.at(name) == Outcome::pass);  // nobody fails for what another may have done
  }
}

TEST_CASE("leftovers: a process for each case leaves no changes at all") {
  std::vector<std::string> names;
  for (const auto& [name, what] : changes) {
    names.push_back(name);
  }
  names.emplace_back("finds nothing changed");
  const RunRecord record = run(names, Leaks::fail, Isolation::fork);
  CHECK(record.count(Outcome::pass) == names.size());
  CHECK(record.reports.empty());
}

TEST_CASE("leftovers: after a case too short for a system call, only what can be changed without one is looked at") {
  const mode_t before = ::umask(022);
  test::SharedTable shared(1, 1);
  ProcessWatch watch(shared.table, 0, os::ViewScope::process);
  std::vector<Leak> mask_after_none;
  std::vector<Leak> mask_after_some;
  std::vector<Leak> rounding;
  std::thread([&] {
    Leftovers leftovers(Leaks::warn, watch, os::ViewScope::process, 0, 0, 1);
    ::umask(077);
    mask_after_none = leftovers.look(0);
    mask_after_some = leftovers.look(1'000'000);
    std::fesetround(FE_UPWARD);
    rounding = leftovers.look(0);
  }).join();
  ::umask(before);
  CHECK(mask_after_none.empty());
  REQUIRE((mask_after_some.size() == 1 && rounding.size() == 1));
  CHECK((mask_after_some[0].certain && has(mask_after_some[0].message, "umask")));
  CHECK((rounding[0].certain && has(rounding[0].message, "round")));
}
