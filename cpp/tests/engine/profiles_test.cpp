// What hosts write of what modules count: whole runs, with a suite that counts by hand.
#include "engine/profiles.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/suites.h"
#include "support/supervised_run.h"
#include "support/temporary_folder.h"

using namespace pyharness;

namespace {

using Counts = std::array<std::uint64_t, 3>;

// A run whose hosts are told where to write.
class CountedRun {
 public:
  CountedRun(Isolation isolation, std::uint32_t workers, std::vector<std::string> cases, bool apart = false) {
    ::setenv("PYHARNESS_PROFILES", folder_.path().c_str(), 1);
    if (apart) {
      ::setenv("PYHARNESS_PROFILES_CASES", "1", 1);
    }
    TaskSettings settings;
    settings.isolation = isolation;
    RunOptions options = test::run_options(workers);
    options.on_crash = OnCrash::go_on;
    record = test::run({{test::counted_suite}, std::move(cases), options, {}, settings});
    ::unsetenv("PYHARNESS_PROFILES");
    ::unsetenv("PYHARNESS_PROFILES_CASES");
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
  }

  std::vector<std::string> lines(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);) {
      found.push_back(line);
    }
    return found;
  }
  std::vector<std::string> named(const std::string& begin, const std::string& end) const {
    std::vector<std::string> found;
    for (const std::string& name : names) {
      if (name.rfind(begin, 0) == 0 && name.size() > end.size() && name.substr(name.size() - end.size()) == end) {
        found.push_back(name);
      }
    }
    return found;
  }
  // How many hosts have come to their end; one that comes too late to run a case is killed.
  std::size_t ended() const {
    std::size_t count = 0;
    for (const std::string& name : named("host-", ".profraw")) {
      count += lines(name).empty() ? 0 : 1;
    }
    return count;
  }
  // Of all profiles whose names begin so.
  Counts sum(const std::string& begin) const {
    Counts counts{};
    for (const std::string& name : named(begin, ".profraw")) {
      for (const std::string& line : lines(name)) {
        std::istringstream words(line);
        for (std::uint64_t& count : counts) {
          std::uint64_t more = 0;
          words >> more;
          count += more;
        }
      }
    }
    return counts;
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> found;
    for (const std::string& name : named("host-", ".modules")) {
      for (const std::string& line : lines(name)) {
        if (line != "run\t") {
          found.push_back(line);
        }
      }
    }
    return found;
  }

  test::RunRecord record;
  std::vector<std::string> names;

 private:
  test::TemporaryFolder folder_;
};

const std::vector<std::string> some = {"ten", "hundred"};

}  // namespace

TEST_CASE("profiles: each host writes what its modules have counted, once, in all isolations") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    const CountedRun run(isolation, 1, some);
    CHECK(run.record.count(Outcome::pass) == 2);
    CHECK(run.sum("host-") == Counts{run.ended(), 110, 0});
    for (const std::string& note : run.notes()) {
      const std::string name = note.substr(0, note.find('\t'));
      CHECK(note == name + "\t" + test::counted_suite);
      CHECK(run.lines(name).size() <= 1);
    }
    CHECK(run.notes().size() == run.named("host-", ".modules").size());
  }
}

TEST_CASE("profiles: many hosts have a file each") {
  for (const Isolation isolation : {Isolation::process, Isolation::fork}) {
    const CountedRun run(isolation, 3, some);
    CHECK(run.named("host-", ".profraw").size() <= run.named("host-", ".modules").size());
    CHECK(run.sum("host-") == Counts{run.ended(), 110, 0});
  }
}

TEST_CASE("profiles: what a process counts that a case has forked is written by itself, and once") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    const CountedRun run(isolation, 1, {"ten", "forks"});
    CHECK(run.record.count(Outcome::pass) == 2);
    CHECK(run.sum("child-") == Counts{0, 0, 1});
    CHECK(run.sum("host-") == Counts{run.ended(), 20, 0});
  }
}

TEST_CASE("profiles: where the process of a case dies before it can tell, that is noted") {
  const CountedRun run(Isolation::fork, 1, {"ten", "dies", "hundred"});
  CHECK(run.record.count(Outcome::pass) == 2);
  CHECK(run.sum("host-")[1] == 110);
  std::size_t lost = 0;
  for (const std::string& note : run.notes()) {
    lost += note.rfind("lost\t", 0) == 0 ? 1 : 0;
  }
  CHECK(lost > 0);
}

TEST_CASE("profiles: cases that are told apart have a profile each, and the host has their sum") {
  const CountedRun run(Isolation::process, 1, some, true);
  CHECK(run.sum("case-0.0-") == Counts{0, 10, 0});
  CHECK(run.sum("case-0.1-") == Counts{0, 100, 0});
  CHECK(run.sum("host-") == Counts{run.ended(), 110, 0});
}

TEST_CASE("profiles: nobody writes where nobody asks for it") {
  ::setenv("PYHARNESS_PROFILES_CASES", "1", 1);
  CHECK(Profiles::wanted() == nullptr);
  CHECK(::getenv("PYHARNESS_PROFILES_CASES") == nullptr);
}
