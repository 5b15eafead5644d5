// Cases that end their host: who is blamed, with what, and what is left.
#include <doctest/doctest.h>

#include <csignal>
#include <set>

#include "support/descriptors.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::run_options;
using test::RunRecord;

namespace {

RunRecord run_alone(const std::string& name) {
  return test::run({{test::deadly_suite}, {name, "quick[0]"}, run_options(1), {}});
}

RunRecord run_beside(const std::string& name) {
  std::vector<std::string> names{"hangs for ever", name};
  return test::run({{test::deadly_suite}, names, run_options(2), {}});
}

void check_blamed(const RunRecord& record, const std::string& name) {
  CAPTURE(name);
  REQUIRE(record.crashes.size() == 1);
  CHECK(record.crashes[0].name == name);
  CHECK(record.outcomes.at(name) == Outcome::crash);
  CHECK(test::child_count() == 0);
}

}  // namespace

TEST_CASE("deaths: a crash ends the run and names its case, signal, place, output and reports") {
  const RunRecord record = run_alone("crashes");
  check_blamed(record, "crashes");
  CHECK(record.crashes[0].report.kind == CrashKind::signal);
  CHECK(record.crashes[0].report.signal == SIGSEGV);
  CHECK((record.crashes[0].report.is_sent && record.crashes[0].report.address == 0));  // by raise()
  CHECK(record.crashes[0].output == "last words\n");
  CHECK(record.reports.at("crashes").size() == 1);
  CHECK_FALSE(record.crashes[0].report.frames.empty());
  CHECK(record.crashes[0].report.maps.find("deadly") != std::string::npos);
  CHECK(record.not_run == std::vector<std::string>{"quick[0]"});
}

TEST_CASE("deaths: a bad access tells its address") {
  const RunRecord record = run_alone("writes to address 8");
  if (test::sanitizer == "address") {
    MESSAGE("left out under AddressSanitizer, whose own checks come before the access: the address of a bad access");
    return;
  }
  check_blamed(record, "writes to address 8");
  CHECK(record.crashes[0].report.signal == SIGSEGV);
  CHECK((record.crashes[0].report.address == 8 && !record.crashes[0].report.is_sent));
}

TEST_CASE("deaths: what happens in a child thread is blamed on its case") {
  const RunRecord abort = run_beside("aborts in a child thread");
  check_blamed(abort, "aborts in a child thread");
  CHECK(abort.crashes[0].report.signal == SIGABRT);
  const RunRecord exit = run_beside("exits with 7 in a child thread");
  check_blamed(exit, "exits with 7 in a child thread");
  CHECK((exit.crashes[0].report.kind == CrashKind::exit && exit.crashes[0].report.exit_code == 7));
}

TEST_CASE("deaths: exit(0) is a crash, not a pass") {
  const RunRecord record = run_beside("exits with 0");
  check_blamed(record, "exits with 0");
  CHECK((record.crashes[0].report.kind == CrashKind::exit && record.crashes[0].report.exit_code == 0));
}

TEST_CASE("deaths: what passes by every guard is found by running the suspects again") {
  for (const auto& [name, signal, code] :
       {std::tuple("leaves with _exit", 0, 3), std::tuple("kills itself", SIGKILL, 0)}) {
    // There are suspects only when the hanging case had begun before the other one ended the host.
    RunRecord record = run_beside(name);
    for (int tries = 0; tries < 100 && record.suspects().empty(); ++tries) {
      record = run_beside(name);
    }
    check_blamed(record, name);
    CHECK(record.crashes[0].report.kind == CrashKind::died);
    CHECK((record.crashes[0].report.signal == signal && record.crashes[0].report.exit_code == code));
    // In the order of workers, which is not that of the plan.
    const auto suspects = record.suspects();
    CHECK(std::set<std::string>(suspects.begin(), suspects.end()) == std::set<std::string>{"hangs for ever", name});
  }
}

TEST_CASE("deaths: a forked child may die or return; the case is what its parent makes of it") {
  for (const char* name : {"dies only in a forked child", "returns in a forked child too"}) {
    const RunRecord record = run_alone(name);
    CAPTURE(name);
    CHECK(record.crashes.empty());
    CHECK(record.outcomes.at(name) == Outcome::pass);
    CHECK(record.ends.at(name) == 1);
    CHECK(record.outcomes.at("quick[0]") == Outcome::pass);
  }
}

TEST_CASE("deaths: a case that closes every descriptor does not make later failures pass") {
  const RunRecord record = test::run(
      {{test::deadly_suite}, {"closes all descriptors", "fails in a child thread and prints"}, run_options(1), {}});
  CHECK(record.outcomes.at("fails in a child thread and prints") == Outcome::fail);
  CHECK(record.outputs.at("fails in a child thread and prints") == "printed\n");
}
