// The same cases on threads, in processes and in a process each: the same results.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/descriptors.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::RunRecord;

namespace {

constexpr Isolation apart[] = {Isolation::process, Isolation::fork};

RunRecord run(const std::vector<std::string>& suites, std::vector<std::string> cases, Isolation isolation,
              std::uint32_t workers) {
  TaskSettings settings;
  settings.isolation = isolation;
  return test::run({suites, std::move(cases), test::run_options(workers), {}, settings});
}

std::vector<std::string> names(const std::string& stem, int first, int past) {
  std::vector<std::string> result;
  for (int number = first; number < past; ++number) {
    result.push_back(stem + std::to_string(number));
  }
  return result;
}

// Lines in any order: those of child threads and processes come as they like.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    lines.push_back(text.substr(begin, text.find('\n', begin) - begin));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

void check_same(const RunRecord& record, const RunRecord& model) {
  CHECK(record.outcomes == model.outcomes);
  CHECK(record.is_complete(model.ends.size()));
  CHECK((record.crashes.empty() && record.interrupted.empty()));
  CHECK(record.host_failures == std::vector<std::string>());
  for (const auto& [name, output] : model.outputs) {
    CAPTURE(name);
    CAPTURE(output);
    CAPTURE(record.outputs.at(name));
    CHECK(lines_of(record.outputs.at(name)) == lines_of(output));
  }
  CHECK(record.reports.size() == model.reports.size());
  for (const auto& [name, reports] : model.reports) {
    CAPTURE(name);
    REQUIRE(record.reports.count(name) == 1);
    REQUIRE(record.reports.at(name).size() == reports.size());
    for (std::size_t at = 0; at < reports.size(); ++at) {
      CHECK(record.reports.at(name)[at].message == reports[at].message);
      CHECK(record.reports.at(name)[at].line == reports[at].line);
    }
  }
}

}  // namespace

TEST_CASE("isolation: an ordinary suite comes to the same in processes as on threads") {
  const RunRecord model = run({test::ordinary_suite}, {}, Isolation::thread, 2);
  for (const Isolation isolation : apart) {
    for (const std::uint32_t workers : {1U, 2U, 4U}) {
      CAPTURE(name_of(isolation));
      CAPTURE(workers);
      check_same(run({test::ordinary_suite}, {}, isolation, workers), model);
    }
  }
}

TEST_CASE("isolation: so does a bare suite, case by case") {
  std::vector<std::string> cases = names("plain/", 0, 300);
  const std::vector<std::string> serial = names("serial/", 4000, 4020);
  cases.insert(cases.end(), serial.begin(), serial.end());
  const RunRecord model = run({test::bare_suite}, cases, Isolation::thread, 2);
  CHECK(model.outputs.at("plain/19") == "out 19\n");
  for (const Isolation isolation : apart) {
    for (const std::uint32_t workers : {1U, 2U, 4U}) {
      CAPTURE(name_of(isolation));
      CAPTURE(workers);
      check_same(run({test::bare_suite}, cases, isolation, workers), model);
    }
  }
}

TEST_CASE("isolation: all cases of a large suite are run, each once, in processes") {
  const RunRecord record = run({test::bare_suite}, {}, Isolation::process, 4);
  CHECK(record.is_complete(4020));
  CHECK(record.count(Outcome::fail) == 400);
}

TEST_CASE("isolation: cases of all three kinds share the workers, however they are mixed") {
  std::vector<std::string> cases = names("plain/", 0, 300);
  test::RunDescription description{{test::bare_suite}, cases, test::run_options(1), {}};
  for (std::size_t at = 0; at < cases.size(); ++at) {
    description.settings_of[cases[at]].isolation = isolation_of_lane(at * 7 / 3 % library_lane_count);
  }
  for (const std::uint32_t workers : {1U, 2U, 4U}) {
    CAPTURE(workers);
    description.options = test::run_options(workers);
    const RunRecord record = test::run(description);
    CHECK(record.is_complete(300));
    CHECK(record.count(Outcome::fail) == 30);
    std::vector<std::vector<test::Attempt>> of_worker(workers);
    for (const auto& [name, attempts] : record.attempts) {
      of_worker.at(attempts[0].worker).push_back(attempts[0]);
    }
    // Whoever holds the place: one case at a time for each worker.
    for (auto& attempts : of_worker) {
      std::sort(attempts.begin(), attempts.end(), [](const auto& a, const auto& b) { return a.start_ns < b.start_ns; });
      CHECK(std::adjacent_find(attempts.begin(), attempts.end(),
                               [](const auto& a, const auto& b) { return a.end_ns > b.start_ns; }) == attempts.end());
    }
  }
}

TEST_CASE("isolation: nothing is left behind, whatever way a run ends") {
  const auto before = test::open_descriptors();
  for (const Isolation isolation : apart) {
    run({test::ordinary_suite}, {}, isolation, 3);
    run({test::deadly_suite}, {"hangs", "quick[0]"}, isolation, 2);
    run({test::deadly_suite}, {"crashes", "hangs for ever"}, isolation, 2);
    run({test::deadly_suite}, {"leaves a daemon behind"}, isolation, 1);
  }
  CHECK(test::open_descriptors() == before);
  CHECK(test::child_count() == 0);
}
