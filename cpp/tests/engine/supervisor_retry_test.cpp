// Attempts of one case: how many, which is the last, what becomes of the run meanwhile; and what the run says of cases.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/suites.h"
#include "support/supervised_run.h"
#include "support/temporary_folder.h"

using namespace pyharness;
using test::RunRecord;

namespace {

constexpr std::uint64_t hour_ns = 3'600'000'000'000;

// A fresh folder for the counts of the flaky suite.
class Counts {
 public:
  Counts() { ::setenv("PYHARNESS_TEST_COUNTS", folder_.path().c_str(), 1); }
  Counts(const Counts&) = delete;
  Counts& operator=(const Counts&) = delete;
  ~Counts() { ::unsetenv("PYHARNESS_TEST_COUNTS"); }

 private:
  test::TemporaryFolder folder_;
};

TaskSettings retries(std::uint32_t count, std::uint64_t delay_ns = 0, Isolation isolation = Isolation::automatic) {
  TaskSettings settings;
  settings.isolation = isolation;
  settings.retries = count;
  settings.backoff.delay_ns = delay_ns;
  return settings;
}

RunRecord run_flaky(std::vector<std::string> cases, const TaskSettings& settings, std::uint32_t workers = 1) {
  const Counts counts;
  RunOptions options = test::run_options(workers);
  options.on_crash = OnCrash::go_on;
  return test::run({{test::flaky_suite}, std::move(cases), options, {}, settings});
}

// "1 fail, 2 pass, final".
std::string told(const RunRecord& record, const std::string& name) {
  std::string text;
  for (const test::Attempt& attempt : record.attempts.at(name)) {
    text += (text.empty() ? "" : ", ") + std::to_string(attempt.number) + " " + std::string(name_of(attempt.outcome)) +
            (attempt.final ? ", final" : "");
  }
  return text;
}

}  // namespace

TEST_CASE("retries: attempts are numbered, and the one that passes is the last") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    const RunRecord record =
        run_flaky({"passes at the third attempt", "steady[0]", "always fails"}, retries(3, 0, isolation), 2);
    CHECK(told(record, "passes at the third attempt") == "1 fail, 2 fail, 3 pass, final");
    CHECK(told(record, "always fails") == "1 fail, 2 fail, 3 fail, 4 fail, final");
    CHECK(told(record, "steady[0]") == "1 pass, final");
    CHECK(record.reports.at("always fails").size() == 4);
    CHECK(record.is_complete(3));
  }
}

TEST_CASE("retries: without any, a failure is final") {
  CHECK(told(run_flaky({"passes at the second attempt"}, retries(0)), "passes at the second attempt") ==
        "1 fail, final");
}

TEST_CASE("retries: a crash and a timeout are tried again, in every isolation") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    // On threads one after another: beside a crash, the others would begin their first attempts twice.
    const RunRecord record = run_flaky({"crashes at first", "hangs at first", "leaves with _exit at first"},
                                       retries(1, 0, isolation), isolation == Isolation::thread ? 1 : 2);
    CHECK(told(record, "crashes at first") == "1 crash, 2 pass, final");
    CHECK(told(record, "hangs at first") == "1 timeout, 2 pass, final");
    CHECK(told(record, "leaves with _exit at first") == "1 crash, 2 pass, final");
    CHECK(record.crashes.size() == 2);
    CHECK(std::all_of(record.crashes.begin(), record.crashes.end(),
                      [](const test::Crash& crash) { return crash.report.attempt == 1; }));
    CHECK_FALSE(record.panic);
    CHECK(record.is_complete(3));
  }
}

TEST_CASE("retries: the next attempt comes after the delay, which is told") {
  constexpr std::uint64_t delay_ns = 150'000'000;
  const RunRecord record = run_flaky({"passes at the third attempt"}, retries(2, delay_ns), 2);
  const auto& attempts = record.attempts.at("passes at the third attempt");
  REQUIRE(attempts.size() == 3);
  for (std::size_t at = 0; at < 2; ++at) {
    CHECK(attempts[at + 1].start_ns >= attempts[at].end_ns + delay_ns);
    CHECK((attempts[at].retry_delay_ns > 0 && attempts[at].retry_delay_ns <= delay_ns));
  }
  CHECK(attempts[2].retry_delay_ns == 0);
}

TEST_CASE("retries: one that waits holds no worker, and what it would have come to is not a result") {
  const Counts counts;
  std::vector<std::string> names{"always fails"};
  for (int number = 0; number < 20; ++number) {
    names.push_back("steady[" + std::to_string(number) + "]");
  }
  const RunRecord record = test::run({{test::flaky_suite},
                                      names,
                                      test::run_options(1),
                                      [](Supervisor& supervisor, const Batch&, const RunRecord& so_far) {
                                        if (so_far.outcomes.size() == 21) {
                                          supervisor.cancel(Stop::soon);
                                        }
                                      },
                                      retries(1, hour_ns)});
  CHECK(told(record, "always fails") == "1 fail");
  CHECK(record.count(Outcome::pass) == 20);
  CHECK(record.not_run == std::vector<std::string>{"always fails"});
}

TEST_CASE("retries: only failures that are final count for max_fail") {
  const Counts counts;
  RunOptions options = test::run_options(2);
  options.max_fail = 1;
  const RunRecord flaky = test::run({{test::flaky_suite},
                                     {"passes at the third attempt", "passes at the second attempt", "steady[0]"},
                                     options,
                                     {},
                                     retries(2)});
  CHECK(flaky.is_complete(3));
  CHECK(flaky.count(Outcome::pass) == 3);
  TaskSettings last = retries(0);
  last.serial = true;  // comes after all others
  const RunRecord failed =
      test::run({{test::flaky_suite}, {"always fails", "steady[0]"}, options, {}, retries(2), {{"steady[0]", last}}});
  CHECK(told(failed, "always fails") == "1 fail, 2 fail, 3 fail, final");
  CHECK(failed.not_run == std::vector<std::string>{"steady[0]"});
}

TEST_CASE("settings: what the run says of a case counts for that case only") {
  const RunRecord record = run_flaky({"always fails", "steady[0]"}, retries(1));
  CHECK(record.attempts.at("always fails").size() == 2);
  TaskSettings own = retries(2);
  const RunRecord other = test::run(
      {{test::flaky_suite}, {"always fails", "steady[0]"}, test::run_options(1), {}, {}, {{"always fails", own}}});
  CHECK(other.attempts.at("always fails").size() == 3);
  CHECK(other.attempts.at("steady[0]").size() == 1);
}

TEST_CASE("settings: cases of a group keep to its limit") {
  TaskSettings grouped;
  grouped.groups = {0};
  for (const Isolation isolation : {Isolation::thread, Isolation::process}) {
    grouped.isolation = isolation;
    const RunRecord record = test::run({{test::ordinary_suite}, {}, test::run_options(4), {}, grouped, {}, {1}});
    std::vector<test::Attempt> attempts;
    for (const auto& [name, of_case] : record.attempts) {
      attempts.insert(attempts.end(), of_case.begin(), of_case.end());
    }
    std::sort(attempts.begin(), attempts.end(), [](const auto& a, const auto& b) { return a.start_ns < b.start_ns; });
    CHECK(std::adjacent_find(attempts.begin(), attempts.end(),
                             [](const auto& a, const auto& b) { return a.end_ns > b.start_ns; }) == attempts.end());
    CHECK(record.is_complete(23));
  }
}
