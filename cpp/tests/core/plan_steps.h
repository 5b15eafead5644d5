// What the tests of the plan write it down with.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/plan.h"

namespace pyharness {

using Tasks = std::vector<TaskIndex>;
using Ending = Plan::Ending;
using Retry = Plan::Retry;

inline constexpr std::size_t all = SIZE_MAX;

// A plan of as many tasks as there are rules.
inline Plan plan_of(const std::vector<TaskRules>& rules, Plan::Limits limits = {}) {
  std::vector<std::uint32_t> rules_of(rules.size());
  std::iota(rules_of.begin(), rules_of.end(), 0U);
  return {rules, rules_of, std::move(limits)};
}

inline std::vector<TaskRules> free_tasks(std::size_t count) { return std::vector<TaskRules>(count); }

inline Tasks take(Plan& plan, std::size_t most = all, std::uint32_t lane = 0) { return plan.take(lane, most, 0); }

inline Ending finish(Plan& plan, TaskIndex task, Outcome outcome = Outcome::pass, std::uint64_t now_ns = 0) {
  return plan.finish(task, outcome, Retry::allowed, now_ns);
}

}  // namespace pyharness
