// From tasks, with what their cases declare and what the run says of them, to the rules of the plan.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/plan.h"
#include "core/task.h"
#include "engine/program.h"

namespace pyharness {

// A run of tasks, with what is said about them.
struct RunRequest {
  std::vector<TestTask> tasks;
  std::vector<TaskSettings> settings = {TaskSettings{}};  // TestTask::settings counts these
  std::vector<std::uint32_t> group_limits = {};           // TaskSettings::groups counts these
  std::vector<Dependency> dependencies = {};
  std::vector<float> priorities = {};            // by task; empty: all have 0
  std::shared_ptr<Programs> programs = nullptr;  // for tasks of programs; nullptr: there are none

  const TaskSettings& settings_of(TaskIndex task) const { return settings[tasks[task].settings]; }
};

// What is put on the plan of a run that has begun: suites that have been built meanwhile, and cases of them.
struct Addition {
  // By their numbers among the libraries of the run.
  std::vector<std::pair<std::uint32_t, std::shared_ptr<const SuiteListing>>> suites;
  std::vector<TestTask> tasks;
  std::vector<TaskSettings> settings;  // further ones: TestTask::settings counts on from those of the request
};

// What the run says goes first, then the case, then its suite. `without_threads`: no host can have several workers.
Isolation isolation_of(const RunRequest& request, TaskIndex task, bool without_threads);

struct PlanRules {
  std::vector<TaskRules> rules;
  std::vector<std::uint32_t> rules_of;  // by task
  std::vector<bool> alone;              // by task: a program is launched for it by itself; empty: there are no programs
};
// Of the tasks from `first` on.
PlanRules plan_rules(const RunRequest& request, bool without_threads, TaskIndex first = 0);

}  // namespace pyharness
