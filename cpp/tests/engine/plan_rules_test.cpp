// What the run, the case and its suite say, in that order.
#include "engine/plan_rules.h"

#include <doctest/doctest.h>

using namespace pyharness;

namespace {

TestTask task_of(const CaseDetails& details, Isolation of_suite = Isolation::automatic, std::uint32_t settings = 0) {
  auto listing = std::make_shared<SuiteListing>();
  listing->isolation = of_suite;
  listing->cases.push_back(details);
  return {0, 0, listing, settings};
}

Isolation isolation(Isolation of_run, Isolation of_case, Isolation of_suite, bool without_threads = false) {
  CaseDetails details;
  details.isolation = of_case;
  RunRequest request{{task_of(details, of_suite)}};
  request.settings[0].isolation = of_run;
  return isolation_of(request, 0, without_threads);
}

TaskRules only_rules(const TaskSettings& settings, const CaseDetails& details) {
  const PlanRules rules = plan_rules({{task_of(details)}, {settings}}, false);
  REQUIRE((rules.rules.size() == 1 && rules.rules_of == std::vector<std::uint32_t>{0}));
  return rules.rules[0];
}

}  // namespace

TEST_CASE("plan rules: the run's isolation goes before the case's, that before the suite's, and threads are left") {
  using enum Isolation;
  CHECK(isolation(automatic, automatic, automatic) == thread);
  CHECK(isolation(automatic, automatic, process) == process);
  CHECK(isolation(automatic, fork, process) == fork);
  CHECK(isolation(thread, fork, process) == thread);
  CHECK(isolation(process, automatic, fork) == process);
}

TEST_CASE("plan rules: where workers cannot share a process, threads become processes, and nothing else changes") {
  using enum Isolation;
  CHECK(isolation(automatic, automatic, automatic, true) == process);
  CHECK(isolation(thread, fork, fork, true) == process);
  CHECK(isolation(automatic, fork, thread, true) == fork);
}

TEST_CASE("plan rules: threads are those of the run, else those of the case, and at least one") {
  CaseDetails details;
  details.threads_required = 3;
  TaskSettings settings;
  CHECK(only_rules(settings, details).threads == 3);
  settings.threads_required = 2;
  CHECK(only_rules(settings, details).threads == 2);
  settings.threads_required = TaskSettings::all_workers;
  CHECK(only_rules(settings, details).threads == UINT32_MAX);
  details.threads_required = 0;
  CHECK(only_rules({}, details).threads == 1);
}

TEST_CASE("plan rules: serial is what the run says, else what the case says") {
  CaseDetails serial;
  serial.serial = true;
  TaskSettings settings;
  CHECK(only_rules(settings, serial).serial);
  CHECK_FALSE(only_rules(settings, {}).serial);
  settings.serial = true;
  CHECK(only_rules(settings, {}).serial);
  settings.serial = false;
  CHECK_FALSE(only_rules(settings, serial).serial);
}

TEST_CASE("plan rules: lane, group, retries and their waits are passed on") {
  TaskSettings settings;
  settings.isolation = Isolation::fork;
  settings.groups = {4};
  settings.retries = 5;
  settings.backoff = {6, true, 7, true};
  const TaskRules rules = only_rules(settings, {});
  CHECK(
      (rules.lane == lane_of(Isolation::fork) && rules.groups == std::vector<std::uint32_t>{4} && rules.retries == 5));
  CHECK((rules.backoff.delay_ns == 6 && rules.backoff.exponential && rules.backoff.longest_ns == 7));
  CHECK(rules.backoff.jitter);
}

TEST_CASE("plan rules: tasks that ask for the same share their rules, neighbours or not; settings keep them apart") {
  CaseDetails serial;
  serial.serial = true;
  RunRequest request{
      {task_of({}), task_of({}), task_of(serial), task_of({}), task_of({}, Isolation::automatic, 1), task_of(serial)}};
  request.settings.resize(2);
  request.settings[1].retries = 1;
  const PlanRules rules = plan_rules(request, false);
  CHECK(rules.rules_of == std::vector<std::uint32_t>{0, 0, 1, 0, 2, 1});
  CHECK((rules.rules.size() == 3 && rules.rules[1].serial && rules.rules[2].retries == 1));
}

TEST_CASE("plan rules: a run without tasks has none") { CHECK(plan_rules({}, false).rules_of.empty()); }
