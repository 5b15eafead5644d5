#include "engine/plan_rules.h"

#include <map>
#include <tuple>

namespace pyharness {

namespace {

// What tells tasks apart for the plan: settings, and what the case declares.
using Kind = std::tuple<std::uint32_t, Isolation, bool, std::uint32_t>;

TaskRules rules_for(const TaskSettings& settings, const Kind& kind) {
  const auto& [number, isolation, serial, threads] = kind;
  TaskRules rules;
  rules.lane = lane_of(isolation);
  rules.serial = serial;
  rules.threads = threads;
  rules.groups = settings.groups;
  rules.retries = settings.retries;
  rules.backoff = settings.backoff;
  return rules;
}

// `case` asks for a launch of its own; so does what has constraints, which hold as long as it is handed out.
bool runs_alone(const TaskRules& rules, Isolation said) {
  return said == Isolation::fork || rules.serial || rules.threads > 1 || !rules.groups.empty();
}

}  // namespace

Isolation isolation_of(const RunRequest& request, TaskIndex task, bool without_threads) {
  const TestTask& wanted = request.tasks[task];
  Isolation isolation = Isolation::thread;
  for (const Isolation said :
       {request.settings_of(task).isolation, wanted.details().isolation, wanted.suite->isolation}) {
    if (said != Isolation::automatic) {
      isolation = said;
      break;
    }
  }
  return without_threads && isolation == Isolation::thread ? Isolation::process : isolation;
}

PlanRules plan_rules(const RunRequest& request, bool without_threads, TaskIndex first) {
  PlanRules result;
  result.rules_of.reserve(request.tasks.size() - first);
  std::map<Kind, std::uint32_t> known;
  Kind last{};
  std::uint32_t rules_of_last = UINT32_MAX;  // neighbours are mostly alike
  for (TaskIndex task = first; task < request.tasks.size(); ++task) {
    const TaskSettings& settings = request.settings_of(task);
    const CaseDetails& details = request.tasks[task].details();
    const std::uint32_t threads = settings.threads_required != 0 ? settings.threads_required : details.threads_required;
    const bool is_program = request.tasks[task].suite->is_program;
    const Isolation said = isolation_of(request, task, without_threads);
    const Kind kind{request.tasks[task].settings, is_program ? Isolation::program : said,
                    settings.serial.value_or(details.serial), threads == 0 ? 1 : threads};
    if (rules_of_last == UINT32_MAX || kind != last) {
      const auto [at, is_new] = known.emplace(kind, static_cast<std::uint32_t>(result.rules.size()));
      if (is_new) {
        result.rules.push_back(rules_for(settings, kind));
      }
      last = kind;
      rules_of_last = at->second;
    }
    result.rules_of.push_back(rules_of_last);
    if (request.programs != nullptr) {
      result.alone.push_back(is_program && runs_alone(result.rules[rules_of_last], said));
    }
  }
  return result;
}

}  // namespace pyharness
