// Time limits and cancellation: what they end, and what goes on beside them.
#include <doctest/doctest.h>

#include "support/descriptors.h"
#include "support/gate.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::Gate;
using test::is_running;
using test::run_options;
using test::RunRecord;

TEST_CASE("limits: a case that hangs is a timeout with its output and reports, and the rest goes on") {
  RunRecord record =
      test::run({{test::deadly_suite}, {"hangs", "fails, then hangs", "quick[0]", "quick[1]"}, run_options(1), {}});
  CHECK(record.outcomes["hangs"] == Outcome::timeout);
  CHECK(record.outputs["hangs"] == "before hanging\n");
  CHECK(record.outcomes["fails, then hangs"] == Outcome::timeout);
  CHECK(record.reports["fails, then hangs"].size() == 2);  // its own, and that it did not end in time
  CHECK((record.outcomes["quick[0]"] == Outcome::pass && record.outcomes["quick[1]"] == Outcome::pass));
  CHECK((record.not_run.empty() && record.crashes.empty() && record.host_failures.empty()));
}

TEST_CASE("limits: a case beside a hanging one ends in peace, after the hanging one was given up") {
  const Gate gate;
  RunRecord record = test::run({{test::deadly_suite},
                                {"waits for the test", "hangs", "quick[0]", "quick[1]"},
                                run_options(2),
                                [&](Supervisor&, const Batch&, const RunRecord& so_far) {
                                  // Opened only after the fresh host has run something beside the retired one.
                                  if (so_far.outcomes.count("hangs") + so_far.outcomes.count("quick[1]") == 2) {
                                    gate.open();
                                  }
                                }});
  CHECK(record.outcomes["hangs"] == Outcome::timeout);
  CHECK(record.outcomes["waits for the test"] == Outcome::pass);
  CHECK(record.outputs["waits for the test"] == "waiting\n");
  CHECK(record.outcomes.size() == 4);
}

TEST_CASE("limits: several hosts are retired one after another") {
  std::vector<std::string> names{"hangs", "quick[0]", "hangs, too", "fails, then hangs", "quick[1]"};
  const RunRecord record = test::run({{test::deadly_suite}, names, run_options(2), {}});
  CHECK(record.count(Outcome::timeout) == 3);
  CHECK(record.count(Outcome::pass) == 2);
  CHECK(record.not_run.empty());
}

TEST_CASE("limits: the run's own limit ends it, and what still runs is a timeout") {
  RunOptions options = run_options(1);
  options.global_timeout_ms = 400;
  const RunRecord record = test::run({{test::deadly_suite}, {"quick[0]", "hangs for ever", "quick[1]"}, options, {}});
  CHECK(record.timed_out);
  CHECK(record.outcomes ==
        std::map<std::string, Outcome>{{"quick[0]", Outcome::pass}, {"hangs for ever", Outcome::timeout}});
  CHECK(record.not_run == std::vector<std::string>{"quick[1]"});
  CHECK(test::child_count() == 0);
}

TEST_CASE("limits: the run's limit holds for cases without one of their own") {
  RunOptions options = run_options(1);
  options.timeout_ms = 200;
  const RunRecord record = test::run({{test::deadly_suite}, {"kills itself", "quick[0]"}, options, {}});
  CHECK(record.panic);  // its own end came first
  options.timeout_ms = 0;
  CHECK(test::run({{test::deadly_suite}, {"quick[0]"}, options, {}}).count(Outcome::pass) == 1);
}

TEST_CASE("limits: cancelling soon lets running cases end, and starts nothing more") {
  const Gate gate;
  bool cancelled = false;
  RunRecord record = test::run({{test::deadly_suite},
                                {"waits for the test", "quick[0]"},
                                run_options(1),
                                [&](Supervisor& supervisor, const Batch& batch, const RunRecord&) {
                                  if (!cancelled && is_running(batch, supervisor, "waits for the test")) {
                                    supervisor.cancel(Stop::soon);
                                    cancelled = true;
                                    gate.open();
                                  }
                                }});
  CHECK(record.outcomes == std::map<std::string, Outcome>{{"waits for the test", Outcome::pass}});
  CHECK(record.not_run == std::vector<std::string>{"quick[0]"});
}

TEST_CASE("limits: cancelling soon ends what outlives the grace time; cancelling now ends it at once") {
  for (const Stop stop : {Stop::soon, Stop::now}) {
    RunOptions options = run_options(1);
    options.grace_ms = stop == Stop::soon ? 100 : 600'000;
    bool cancelled = false;
    const test::Milestone milestone;
    const RunRecord record = test::run({{test::deadly_suite},
                                        {"prints and hangs for ever", "quick[0]"},
                                        options,
                                        [&](Supervisor& supervisor, const Batch&, const RunRecord&) {
                                          if (!cancelled && milestone.is_reached()) {
                                            supervisor.cancel(stop);
                                            cancelled = true;
                                          }
                                        }});
    CHECK(record.outcomes.empty());
    CHECK(record.not_run.size() == 2);
    REQUIRE(record.interrupted.size() == 1);
    CHECK(record.interrupted[0].output == "before hanging\n");
    CHECK_FALSE(record.interrupted[0].runs_again);
    CHECK(test::child_count() == 0);
  }
}

TEST_CASE("limits: a run that is cancelled before it starts ends as soon as it has started") {
  Supervisor supervisor(run_options(1));
  const auto loaded = supervisor.load({test::deadly_suite});
  supervisor.cancel(Stop::soon);
  supervisor.start({{0, 2, std::get<std::shared_ptr<const SuiteListing>>(loaded[0].result)}});
  Batch batch;
  while (!batch.over) {
    supervisor.wait(1000, batch);
  }
  CHECK(batch.finished.tasks.empty());
  CHECK(supervisor.not_run().size() == 1);
}

TEST_CASE("limits: where a case stood is known with the map of its process, even if the question lets it go on") {
  for (int time = 0; time < 20; ++time) {
    test::RunDescription description{{test::deadly_suite}, {"waits for any signal"}, run_options(1), {}};
    description.settings.timeout_ms = 0;
    description.after_wait = [](Supervisor& supervisor, const Batch& batch, const RunRecord& /*record*/) {
      if (test::is_running(batch, supervisor, "waits for any signal")) {
        supervisor.cancel(Stop::now);
      }
    };
    const RunRecord record = test::run(description);
    REQUIRE(record.stacks.size() == 1);
    CHECK(record.stacks.front().second.maps.find("libdeadly") != std::string::npos);
  }
}
