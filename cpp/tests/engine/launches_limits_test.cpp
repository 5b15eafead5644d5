// What ends launches early: limits of time, memory and output, the end of the run; and pauses, which end nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "os/clock.h"
#include "os/poll.h"
#include "support/descriptors.h"
#include "support/gate.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::Gate;
using test::is_running;
using test::run_options;

using test::RunRecord;
using test::ShellProgram;
using test::ShellPrograms;

namespace {

constexpr const char* hangs = "echo before; exec sleep 1000";
constexpr const char* waits_for_gate = "while ! [ -e $PYHARNESS_TEST_GO_ON ]; do sleep 0.01; done";

test::RunDescription description_of(const ShellProgram& program, const RunOptions& options) {
  test::RunDescription description{{}, {}, options, {}};
  description.programs = std::make_shared<ShellPrograms>(std::vector<ShellProgram>{program});
  return description;
}

RunRecord run(const ShellProgram& program, const RunOptions& options) {
  RunRecord record = test::run(description_of(program, options));
  CHECK(test::child_count() == 0);
  return record;
}

}  // namespace

TEST_CASE("launches: a case that hangs is a timeout, and the rest runs") {
  for (const std::uint32_t workers : {1U, 3U}) {
    RunOptions options = run_options(workers);
    options.timeout_ms = 500;
    RunRecord record = run({"p", 30, {{11, hangs}}}, options);
    CHECK(record.is_complete(30));
    CHECK(record.count(Outcome::pass) == 29);
    CHECK(record.outcomes["p/11"] == Outcome::timeout);
    CHECK(record.outputs["p/11"] == "before\n");
    CHECK(record.reports["p/11"].at(0).message == "did not end within 0.5 s, the limit of this run");
  }
}

TEST_CASE("launches: what ignores the first signals is killed in the end, and nobody waits for it") {
  RunOptions options = run_options(1);
  options.timeout_ms = 300;
  options.stop_steps = {{SIGTERM, 50}, {SIGKILL, 1000}};
  const RunRecord record = run({"p", 3, {{1, "trap '' TERM; while :; do sleep 0.01; done"}}}, options);
  CHECK(record.is_complete(3));
  CHECK(record.count(Outcome::timeout) == 1);
}

TEST_CASE("launches: a program that begins no case is not waited for longer than for loading") {
  RunOptions options = run_options(1);
  options.load_timeout_ms = 200;
  ShellProgram program{"p", 20};
  program.before = "exec sleep 1000";
  RunRecord record = run(program, options);
  CHECK(record.is_complete(20));
  CHECK(record.count(Outcome::error) == 20);
  CHECK(record.reports["p/0"].at(0).message.find("did not begin it within") != std::string::npos);
}

TEST_CASE("launches: a case that has ended is no crash where its end is looked at after enough have failed") {
  const Gate gate;
  RunOptions options = run_options(1);
  options.max_fail = 1;
  ShellProgram program{"p", 5, {{0, "outcome=fail"}, {1, waits_for_gate}}};
  // The end of the first case is told late, together with that of the second, which is known to run by then.
  const auto is_told = std::make_shared<bool>(false);
  program.misread = [is_told, held = std::vector<EndedCase>()](LaunchProgress progress) mutable {
    held.insert(held.end(), progress.ended.begin(), progress.ended.end());
    progress.ended.clear();
    if (*is_told) {
      std::swap(progress.ended, held);
    }
    return progress;
  };
  test::RunDescription description = description_of(program, options);
  description.after_wait = [&](const Supervisor& supervisor, const Batch& batch, const RunRecord& /*record*/) {
    if (is_running(batch, supervisor, "p/1")) {
      *is_told = true;
      gate.open();
    }
  };
  const RunRecord record = test::run(description);
  CHECK(record.outcomes == std::map<std::string, Outcome>{{"p/0", Outcome::fail}});
  CHECK((record.crashes.empty() && !record.panic));
  CHECK(record.not_run.size() == 4);
}

TEST_CASE("launches: a program that does not end after its last case is stopped, and told") {
  RunOptions options = run_options(1);
  options.load_timeout_ms = 200;
  ShellProgram program{"p", 2};
  program.after = "exec sleep 1000";
  const RunRecord record = run(program, options);
  CHECK(record.is_complete(2));
  CHECK(record.count(Outcome::pass) == 2);
  REQUIRE(record.lost_suites.size() == 1);
  CHECK(record.lost_suites[0].reason.find("after its last case") != std::string::npos);
}

TEST_CASE("launches: the limit of the whole run ends it") {
  RunOptions options = run_options(1);
  options.global_timeout_ms = 500;
  const RunRecord record = run({"p", 3, {{1, hangs}}}, options);
  CHECK(record.timed_out);
  CHECK(record.outcomes == std::map<std::string, Outcome>{{"p/0", Outcome::pass}, {"p/1", Outcome::timeout}});
  CHECK(record.not_run == std::vector<std::string>{"p/2"});
}

TEST_CASE("launches: cancelling soon lets the case that runs end, and starts nothing more") {
  const Gate gate;
  bool cancelled = false;
  test::RunDescription description = description_of({"p", 20, {{1, waits_for_gate}}}, run_options(1));
  description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord&) {
    if (!cancelled && is_running(batch, supervisor, "p/1")) {
      supervisor.cancel(Stop::soon);
      cancelled = true;
    } else if (cancelled) {
      gate.open();  // only after the launch has been looked at
    }
  };
  const RunRecord record = test::run(description);
  CHECK(cancelled);
  CHECK(record.outcomes.count("p/1") == 1);
  CHECK(record.outcomes.at("p/1") == Outcome::pass);
  CHECK(record.outcomes.size() + record.not_run.size() == 20);
  CHECK(record.crashes.empty());
  CHECK(test::child_count() == 0);
}

TEST_CASE("launches: cancelling ends what runs, now or at the end of the grace time") {
  for (const Stop stop : {Stop::soon, Stop::now}) {
    RunOptions options = run_options(1);
    options.grace_ms = stop == Stop::soon ? 100 : 600'000;
    bool cancelled = false;
    test::RunDescription description = description_of({"p", 3, {{0, hangs}}}, options);
    description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord&) {
      if (!cancelled && is_running(batch, supervisor, "p/0")) {
        supervisor.cancel(stop);
        cancelled = true;
      }
    };
    const RunRecord record = test::run(description);
    CHECK(record.outcomes.empty());
    CHECK(record.not_run.size() == 3);
    REQUIRE(record.interrupted.size() == 1);
    CHECK(record.interrupted[0].output == "before\n");
    CHECK_FALSE(record.interrupted[0].runs_again);
    CHECK(test::child_count() == 0);
  }
}

TEST_CASE("launches: enough failures end the run, after what has begun") {
  const Gate gate;
  RunOptions options = run_options(1);
  options.max_fail = 1;
  test::RunDescription description =
      description_of({"p", 20, {{0, "outcome=fail"}, {1, waits_for_gate}, {2, hangs}}}, options);
  description.after_wait = [&](Supervisor&, const Batch&, const RunRecord& so_far) {
    if (so_far.outcomes.count("p/0") == 1) {
      gate.open();
    }
  };
  const RunRecord record = test::run(description);
  CHECK(record.outcomes.at("p/0") == Outcome::fail);
  CHECK(record.outcomes.count("p/2") == 0);
  CHECK(record.outcomes.size() + record.not_run.size() == 20);
  CHECK(record.interrupted.size() <= 1);
}

TEST_CASE("launches: a case that uses more memory than it may is a crash") {
  RunOptions options = run_options(1);
  options.on_crash = OnCrash::go_on;
  options.memory_limit_bytes = std::uint64_t{64} << 20U;
  const RunRecord record =
      run({"p", 3, {{1, "x=0123456789; while [ ${#x} -lt 100000000 ]; do x=$x$x; done; while :; do sleep 0.01; done"}}},
          options);
  CHECK(record.is_complete(3));
  REQUIRE(record.crash_of("p/1") != nullptr);
  CHECK(record.crash_of("p/1")->report.kind == CrashKind::memory);
  CHECK(record.crash_of("p/1")->report.memory_bytes > options.memory_limit_bytes);
}

TEST_CASE("launches: of a flood, head and tail are kept, and no verdict that follows it is lost") {
  RunOptions options = run_options(1);
  options.most_output_bytes = 1U << 20U;
  const std::string flood = "echo begin; head -c 60000000 /dev/zero | tr '\\0' 'x'; echo; echo end";
  RunRecord record = run({"p", 4, {{1, flood}, {2, flood}, {3, "outcome=fail"}}}, options);
  CHECK(record.is_complete(4));
  CHECK(record.crashes.empty());
  CHECK(record.outcomes["p/3"] == Outcome::fail);
  for (const char* name : {"p/1", "p/2"}) {
    const std::string& output = record.outputs[name];
    CHECK(record.outcomes[name] == Outcome::pass);
    CHECK(output.size() < (2U << 20U));
    CHECK(output.rfind("begin\nxxx", 0) == 0);
    CHECK(output.find("bytes of output are left out here") != std::string::npos);
    CHECK(output.substr(output.size() - std::min<std::size_t>(output.size(), 5)) == "\nend\n");
    CHECK(output.find('\0') == std::string::npos);
  }
}

TEST_CASE("launches: no time passes for a case while the run is suspended") {
  const Gate gate;
  RunOptions options = run_options(1);
  options.timeout_ms = 1000;
  bool suspended = false;
  test::RunDescription description = description_of({"p", 3, {{1, waits_for_gate}}}, options);
  description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord&) {
    if (!suspended && is_running(batch, supervisor, "p/1")) {
      suspended = true;
      supervisor.suspend();
      gate.open();
      const std::uint64_t until = os::monotonic_ns() + 1'100'000'000U;  // longer than the case may take
      while (os::monotonic_ns() < until) {
        os::wait_readable({}, 50);
      }
      supervisor.resume();
    }
  };
  const RunRecord record = test::run(description);
  CHECK(suspended);
  CHECK(record.is_complete(3));
  CHECK(record.count(Outcome::pass) == 3);
  CHECK(record.crashes.empty());
}
