// A whole run under a Supervisor, and all that it said, with cases by their names instead of numbers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/supervisor.h"
#include "support/shell_programs.h"

namespace pyharness::test {

struct Attempt {
  std::uint32_t number = 0;
  Outcome outcome = Outcome::none;
  bool final = false;
  std::uint32_t worker = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t retry_delay_ns = 0;
};

struct Crash {
  std::string name;  // of the case; empty: none could be named
  CrashReport report;
  std::vector<std::string> suspects;
  std::string output;
};

struct Interrupted {
  std::string name;
  std::uint32_t attempt = 0;
  std::string reason;
  bool runs_again = false;
  std::string output;
};

struct RunRecord {
  std::map<std::string, Outcome> outcomes;               // by case; of the last attempt that ended
  std::map<std::string, std::vector<Attempt>> attempts;  // by case, in the order in which they ended
  std::map<std::string, std::vector<Report>> reports;    // by case
  std::map<std::string, std::string> outputs;            // by case; of the last attempt
  std::map<std::string, int> ends;                       // by case: how many attempts were its last
  std::vector<std::string> order;                        // in which attempts ended
  std::vector<std::string> not_run;
  std::vector<std::string> host_failures;
  std::vector<Crash> crashes;
  std::vector<Interrupted> interrupted;
  std::vector<std::pair<std::string, HungStack>> stacks;
  std::map<std::string, std::string> late_outputs;  // by case
  std::vector<LostSuite> lost_suites;
  bool panic = false;
  bool timed_out = false;

  std::size_t count(Outcome outcome) const;
  // Every case has come to one end, and none was left out.
  bool is_complete(std::size_t planned) const;
  const Crash* crash_of(const std::string& name) const;
  // Those of the last crash.
  std::vector<std::string> suspects() const {
    return crashes.empty() ? std::vector<std::string>() : crashes.back().suspects;
  }
};

struct RunDescription {
  std::vector<std::string> libraries;
  std::vector<std::string> cases;  // names, in the order of the plan; empty: all that are not disabled
  RunOptions options;
  // Called after every wait, with what is known by then.
  std::function<void(Supervisor&, const Batch&, const RunRecord&)> after_wait;
  TaskSettings settings = {};
  std::map<std::string, TaskSettings> settings_of = {};  // by case, instead
  std::vector<std::uint32_t> group_limits = {};
  std::shared_ptr<ShellPrograms> programs = nullptr;  // behind the libraries
  std::uint32_t room = 0;                             // for tasks that `after_wait` adds
};

RunOptions run_options(std::uint32_t workers);
RunRecord run(const RunDescription& description);
bool is_running(const Batch& batch, const Supervisor& supervisor, const std::string& name);

}  // namespace pyharness::test
