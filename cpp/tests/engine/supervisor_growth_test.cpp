// Runs that get suites while they are under way: nothing that runs is disturbed, nothing is lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "engine/listing_file.h"
#include "engine/supervisor.h"
#include "support/gate.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::RunDescription;
using test::RunRecord;

namespace {

// A suite as it comes from a build, with all its cases but those that are disabled.
Addition addition_of(std::uint32_t library, const std::string& path) {
  Supervisor apart(test::run_options(1));
  const auto listing = std::get<0>(apart.load({path}).front().result);
  Addition addition;
  addition.suites.emplace_back(library, listing);
  for (std::uint32_t index = 0; index < listing->cases.size(); ++index) {
    if (!listing->cases[index].disabled) {
      addition.tasks.push_back({library, index, listing});
    }
  }
  return addition;
}

RunDescription growing(const std::vector<std::string>& libraries, const std::vector<std::string>& cases,
                       Isolation isolation) {
  RunDescription description{libraries, cases, test::run_options(4), {}};
  description.settings.isolation = isolation;
  description.room = 10'000;
  return description;
}

}  // namespace

TEST_CASE("growing run: a suite that comes later is run whole, beside the one that was there") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    bool added = false;
    RunDescription description = growing({test::bare_suite}, {}, isolation);
    description.after_wait = [&](Supervisor& supervisor, const Batch& /*batch*/, const RunRecord& record) {
      if (!added && !record.order.empty()) {
        added = true;
        supervisor.add(addition_of(1, test::ordinary_suite));
        supervisor.expect_no_more();
      }
    };
    const RunRecord record = test::run(description);
    CHECK(record.is_complete(4020 + 23));
    CHECK(record.outcomes.at("fails twice") == Outcome::fail);
    CHECK(record.outputs.at("plain/19") == "out 19\n");
    CHECK(record.count(Outcome::error) == 0);
    CHECK(record.interrupted.empty());
    CHECK(record.host_failures == std::vector<std::string>());
  }
}

TEST_CASE("growing run: starts with nothing, and gets several suites at a time") {
  bool added = false;
  RunDescription description = growing({}, {}, Isolation::automatic);
  description.after_wait = [&](Supervisor& supervisor, const Batch& /*batch*/, const RunRecord& /*record*/) {
    if (!added) {
      added = true;
      supervisor.add(addition_of(0, test::bare_suite));
      supervisor.add(addition_of(1, test::ordinary_suite));
      supervisor.expect_no_more();
    }
  };
  CHECK(test::run(description).is_complete(4020 + 23));
}

TEST_CASE("growing run: a case that runs stays where it is until its end, while new cases run") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    const test::Gate gate;
    bool added = false;
    RunDescription description = growing({test::deadly_suite}, {"waits for the test"}, isolation);
    description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord& record) {
      if (!added && test::is_running(batch, supervisor, "waits for the test")) {
        added = true;
        supervisor.add(addition_of(1, test::ordinary_suite));
        supervisor.expect_no_more();
      }
      if (record.outcomes.count("passes") != 0) {
        gate.open();
      }
    };
    const RunRecord record = test::run(description);
    CHECK(record.is_complete(1 + 23));
    CHECK(record.outcomes.at("waits for the test") == Outcome::pass);
    CHECK(record.interrupted.empty());
  }
}

TEST_CASE("growing run: a suite after another, each at once") {
  std::uint32_t added = 0;
  RunDescription description = growing({}, {}, Isolation::process);
  description.options.workers = 2;
  description.after_wait = [&](Supervisor& supervisor, const Batch& /*batch*/, const RunRecord& /*record*/) {
    if (added < 12) {
      Addition addition = addition_of(added++, test::flaky_suite);
      std::erase_if(addition.tasks, [](const TestTask& task) { return task.details().name.rfind("steady", 0) != 0; });
      supervisor.add(std::move(addition));
    } else {
      supervisor.expect_no_more();
    }
  };
  const RunRecord record = test::run(description);
  CHECK(record.order.size() == 12 * 20);
  CHECK(record.count(Outcome::pass) == 20);
  CHECK(record.host_failures == std::vector<std::string>());
}

TEST_CASE("growing run: does not end before nothing more is to come, and ends when it is cancelled") {
  int waits = 0;
  RunDescription description = growing({test::ordinary_suite}, {"passes"}, Isolation::automatic);
  description.after_wait = [&](Supervisor& supervisor, const Batch& /*batch*/, const RunRecord& record) {
    if (record.outcomes.count("passes") != 0 && ++waits == 3) {
      supervisor.cancel(Stop::soon);
      supervisor.add(addition_of(1, test::bare_suite));
    }
  };
  const RunRecord record = test::run(description);
  CHECK(waits == 3);
  CHECK(record.outcomes.size() == 1);
  CHECK(record.not_run.size() == 4020);
}

TEST_CASE("growing run: a suite whose cases are not those of its listing costs only itself") {
  bool added = false;
  RunDescription description = growing({test::bare_suite}, {"plain/0"}, Isolation::automatic);
  description.after_wait = [&](Supervisor& supervisor, const Batch& /*batch*/, const RunRecord& /*record*/) {
    if (!added) {
      added = true;
      Addition addition = addition_of(1, test::ordinary_suite);
      auto other = std::make_shared<SuiteListing>(*addition.suites.front().second);
      other->fingerprint = 1;
      addition.suites.front().second = other;
      supervisor.add(std::move(addition));
      supervisor.expect_no_more();
    }
  };
  const RunRecord record = test::run(description);
  CHECK(record.is_complete(1 + 23));
  CHECK(record.outcomes.at("plain/0") == Outcome::pass);
  CHECK(record.count(Outcome::error) == 23);
  REQUIRE(record.lost_suites.size() == 1);
  CHECK(record.lost_suites.front().output.find("has other cases than when it was listed") != std::string::npos);
}

TEST_CASE("growing run: a suite that is lost when nothing else is loaded") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    Supervisor apart(test::run_options(1));
    auto listing = std::make_shared<SuiteListing>(*std::get<0>(apart.load({test::ordinary_suite}).front().result));
    listing->fingerprint = 1;
    bool added = false;
    RunDescription description = growing({}, {}, isolation);
    description.after_wait = [&](Supervisor& supervisor, const Batch& /*batch*/, const RunRecord& /*record*/) {
      if (!added) {
        added = true;
        Addition addition = addition_of(0, test::ordinary_suite);
        addition.suites.front().second = listing;
        supervisor.add(std::move(addition));
        supervisor.expect_no_more();
      }
    };
    const RunRecord record = test::run(description);
    CHECK(record.is_complete(23));
    CHECK(record.count(Outcome::error) == 23);
    CHECK(record.crashes.empty());
  }
}

TEST_CASE("growing run: has no more room than it was given") {
  Supervisor supervisor(test::run_options(1));
  supervisor.start(RunRequest{}, 10);
  CHECK_THROWS_AS(supervisor.add(addition_of(0, test::ordinary_suite)), std::length_error);
}
