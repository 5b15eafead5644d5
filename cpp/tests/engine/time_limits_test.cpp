// Cases that run too long: what is told of them, how they are stopped, and time that does not count.
#include "engine/time_limits.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <link.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

#include "os/clock.h"
#include "os/poll.h"
#include "support/descriptors.h"
#include "support/gate.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::RunRecord;

namespace {

constexpr Isolation all_isolations[] = {Isolation::thread, Isolation::process, Isolation::fork};

test::RunDescription description_of(std::vector<std::string> cases, Isolation isolation, std::uint32_t workers = 1) {
  test::RunDescription description{{test::deadly_suite}, std::move(cases), test::run_options(workers), {}};
  description.settings.isolation = isolation;
  return description;
}

// Where a function of the deadly suite is, counted from where the suite is loaded.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  explicit Extent(const char* function) {
    void* suite = ::dlopen(test::deadly_suite.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(suite != nullptr);
    Dl_info found{};
    void* symbol = nullptr;
    REQUIRE(::dladdr1(::dlsym(suite, function), &found, &symbol, RTLD_DL_SYMENT) != 0);
    begin = reinterpret_cast<std::uint64_t>(found.dli_saddr) - reinterpret_cast<std::uint64_t>(found.dli_fbase);
    end = begin + static_cast<const ElfW(Sym)*>(symbol)->st_size;
  }
};

// The lowest address that the text of /proc/PID/maps gives for the suite.
std::uint64_t load_address(const std::string& maps) {
  std::istringstream lines(maps);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(test::deadly_suite) != std::string::npos) {
      return std::stoull(line, nullptr, 16);
    }
  }
  return 0;
}

bool leads_through(const HungStack& stack, const Extent& function) {
  const std::uint64_t base = load_address(stack.maps);
  return std::any_of(stack.frames.begin(), stack.frames.end(), [&](std::uint64_t frame) {
    return frame >= base + function.begin && frame < base + function.end;
  });
}

// Where "tells the signal that stops it" leaves the number.
class SignalNote {
 public:
  SignalNote() { ::setenv("PYHARNESS_TEST_SIGNALLED", path_.c_str(), 1); }
  SignalNote(const SignalNote&) = delete;
  SignalNote& operator=(const SignalNote&) = delete;
  ~SignalNote() { ::unsetenv("PYHARNESS_TEST_SIGNALLED"); }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "signal";
};

}  // namespace

TEST_CASE("time limits: the stack of a case that hangs is told, and leads through its function") {
  if (test::sanitizer == "thread") {
    MESSAGE("left out under ThreadSanitizer, which holds signals back until the next call: the stack of a busy loop");
    return;
  }
  const Extent function("hang_here");
  for (const Isolation isolation : all_isolations) {
    CAPTURE(name_of(isolation));
    const RunRecord record = test::run(description_of({"hangs in hang_here", "quick[0]"}, isolation));
    CHECK(record.outcomes.at("hangs in hang_here") == Outcome::timeout);
    REQUIRE(record.stacks.size() == 1);
    CHECK(record.stacks[0].first == "hangs in hang_here");
    CHECK(record.stacks[0].second.attempt == 1);
    CHECK(leads_through(record.stacks[0].second, function));
    CHECK(record.is_complete(2));
  }
}

TEST_CASE("time limits: where a case stands is told when the run is ended, too") {
  if (test::sanitizer == "thread") {
    MESSAGE("left out under ThreadSanitizer, which holds signals back until the next call: the stack of a busy loop");
    return;
  }
  const Extent function("hang_here");
  for (const Isolation isolation : all_isolations) {
    for (const bool by_limit : {false, true}) {
      CAPTURE(name_of(isolation));
      CAPTURE(by_limit);
      const test::Milestone milestone;
      test::RunDescription description = description_of({"prints and hangs for ever"}, isolation);
      description.options.global_timeout_ms = by_limit ? 500 : 0;
      description.after_wait = [&](Supervisor& supervisor, const Batch&, const RunRecord&) {
        if (!by_limit && milestone.is_reached()) {
          supervisor.cancel(Stop::now);
        }
      };
      const RunRecord record = test::run(description);
      CHECK(record.outcomes.size() == (by_limit ? 1 : 0));
      CHECK(record.interrupted.size() == (by_limit ? 0 : 1));
      REQUIRE(record.stacks.size() == 1);
      CHECK(leads_through(record.stacks[0].second, function));
      CHECK(test::child_count() == 0);
    }
  }
}

TEST_CASE("time limits: a case that the question where it stands lets go on is a timeout all the same") {
  for (const Isolation isolation : all_isolations) {
    CAPTURE(name_of(isolation));
    const RunRecord record = test::run(description_of({"waits for any signal", "quick[0]"}, isolation));
    CHECK(record.outcomes.at("waits for any signal") == Outcome::timeout);
    CHECK(record.is_complete(2));
  }
}

TEST_CASE("time limits: what a case prints in answer to a signal that stops it is kept") {
  if (test::sanitizer == "thread") {
    MESSAGE("left out under ThreadSanitizer, which holds signals back that a waiting thread receives: stop signals");
    return;
  }
  for (const Isolation isolation : all_isolations) {
    CAPTURE(name_of(isolation));
    test::RunDescription description =
        description_of({"prints what it knows when it is stopped", "quick[0]"}, isolation);
    description.options.stop_steps = {{SIGTERM, 600'000}};  // it obeys, or the test runs into its time limit
    const RunRecord record = test::run(description);
    CHECK(record.outputs.at("prints what it knows when it is stopped") == "before hanging\n");
    CHECK(record.late_outputs ==
          std::map<std::string, std::string>{{"prints what it knows when it is stopped", "stopped\n"}});
    CHECK(record.is_complete(2));
  }
}

TEST_CASE("time limits: of a flood in answer to a signal the tail is kept") {
  if (test::sanitizer == "thread") {
    MESSAGE("left out under ThreadSanitizer, which holds signals back that a waiting thread receives: stop signals");
    return;
  }
  test::RunDescription description = description_of({"floods when it is stopped"}, Isolation::process);
  description.options.stop_steps = {{SIGTERM, 600'000}};
  description.options.most_output_bytes = 2000;
  const std::string late = test::run(description).late_outputs.at("floods when it is stopped");
  CHECK(late.starts_with("\n[599004 bytes of output are left out here]\n"));
  CHECK(late.ends_with("flood\nend\n"));
  CHECK(late.size() < 1100);
}

TEST_CASE("time limits: in every isolation, a case that hangs is a timeout, and the others go on") {
  for (const Isolation isolation : all_isolations) {
    for (const std::uint32_t workers : {1U, 2U}) {
      CAPTURE(name_of(isolation));
      const RunRecord record = test::run(description_of(
          {"hangs", "fails, then hangs", "quick[0]", "hangs, too", "quick[1]", "quick[2]"}, isolation, workers));
      CHECK(record.count(Outcome::timeout) == 3);
      CHECK(record.count(Outcome::pass) == 3);
      CHECK(record.outputs.at("hangs") == "before hanging\n");
      CHECK(record.reports.at("fails, then hangs").size() == 2);
      CHECK(record.is_complete(6));
      CHECK((record.crashes.empty() && record.interrupted.empty() && record.host_failures.empty()));
      CHECK(test::child_count() == 0);
    }
  }
}

TEST_CASE("time limits: the run's word on a case goes before the case's own") {
  test::RunDescription description = description_of({"hangs for ever"}, Isolation::automatic);
  description.settings.timeout_ms = 100;
  CHECK(test::run(description).outcomes.at("hangs for ever") == Outcome::timeout);
}

TEST_CASE("time limits: stopping goes step by step, with the signals that were asked for") {
  if (test::sanitizer == "thread") {
    MESSAGE("left out under ThreadSanitizer, which holds signals back that a waiting thread receives: stop signals");
    return;
  }
  for (const Isolation isolation : all_isolations) {
    for (const int signal : {SIGUSR1, SIGTERM}) {
      CAPTURE(name_of(isolation));
      const SignalNote note;
      test::RunDescription description = description_of({"tells the signal that stops it", "quick[0]"}, isolation);
      description.options.stop_steps = {{signal, 600'000}};  // it obeys, or the test runs into its time limit
      const RunRecord record = test::run(description);
      CHECK(record.outcomes.at("tells the signal that stops it") == Outcome::timeout);
      CHECK(note.text() == std::to_string(signal));
      CHECK(record.is_complete(2));
    }
  }
}

TEST_CASE("time limits: a case that ignores a step is stopped by the next, and a last one that is missing is made up") {
  for (const Isolation isolation : all_isolations) {
    for (const std::vector<StopStep>& steps :
         {std::vector<StopStep>{{SIGTERM, 20}, {SIGKILL, 600'000}}, {{SIGTERM, 20}}, {}}) {
      CAPTURE(name_of(isolation));
      test::RunDescription description = description_of({"ignores SIGTERM, then hangs", "quick[0]"}, isolation);
      description.options.stop_steps = steps;
      const RunRecord record = test::run(description);
      CHECK(record.outcomes.at("ignores SIGTERM, then hangs") == Outcome::timeout);
      CHECK(record.is_complete(2));
      CHECK(test::child_count() == 0);
    }
  }
}

TEST_CASE("time limits: while a run is suspended no time counts, and nothing is taken for a crash") {
  constexpr std::uint64_t limit_ns = 1'000'000'000;
  constexpr std::uint64_t pause_ns = 1'100'000'000;
  for (const Isolation isolation : all_isolations) {
    CAPTURE(name_of(isolation));
    const test::Gate gate;
    test::RunDescription description = description_of({"waits for the test", "quick[0]"}, isolation);
    description.settings.timeout_ms = limit_ns / 1'000'000;
    bool paused = false;
    description.after_wait = [&](Supervisor& supervisor, const Batch& batch, const RunRecord&) {
      if (!paused && test::is_running(batch, supervisor, "waits for the test")) {
        supervisor.suspend();
        // What is tested is that time passes and does not count.
        const std::uint64_t end = os::monotonic_ns() + pause_ns;
        while (os::monotonic_ns() < end) {
          os::wait_readable({}, 50);
        }
        supervisor.resume();
        paused = true;
        gate.open();
      }
    };
    const RunRecord record = test::run(description);
    CHECK(record.outcomes.at("waits for the test") == Outcome::pass);
    const test::Attempt& attempt = record.attempts.at("waits for the test").at(0);
    CHECK(attempt.end_ns - attempt.start_ns < limit_ns);
    CHECK(record.is_complete(2));
    CHECK(record.crashes.empty());
  }
}
