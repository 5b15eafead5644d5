// A whole run under a Supervisor, and all that it said, with cases named "suite::case" instead of numbers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/supervisor.h"

namespace pyharness::test {

struct RunRecord {
  std::map<std::string, Outcome> outcomes;             // by case; only those that ended
  std::map<std::string, std::vector<Report>> reports;  // by case
  std::map<std::string, std::string> outputs;          // by case
  std::map<std::string, int> ends;                     // how often each case ended
  std::vector<std::string> order;                      // in which they ended
  std::vector<std::string> not_run;
  std::vector<std::string> host_failures;
  std::optional<CrashReport> crash;
  std::string crashed;                // the case that the crash report names
  std::vector<std::string> suspects;  // those that it suspects
  std::string crash_output;
  bool timed_out = false;

  std::size_t count(Outcome outcome) const;
};

struct RunRequest {
  std::vector<std::string> libraries;
  std::vector<std::string> cases;  // names, in the order of the plan; empty: all that are not disabled
  RunOptions options;
  // Called after every wait, with what is known by then.
  std::function<void(Supervisor&, const Batch&, const RunRecord&)> after_wait;
};

RunOptions run_options(std::uint32_t workers);
RunRecord run(const RunRequest& request);

}  // namespace pyharness::test
