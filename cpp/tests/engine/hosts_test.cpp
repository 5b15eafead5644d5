// Output that is captured: what is kept of it, and what is given back.
#include "engine/hosts.h"

#include <dirent.h>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "os/wakeup.h"
#include "support/gate.h"
#include "support/suites.h"
#include "support/supervised_run.h"

using namespace pyharness;
using test::RunRecord;

namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20U;

// Memory that the capture files take which this process has open, and how much was ever written to them.
struct Captured {
  std::uint64_t taken = 0;
  std::uint64_t written = 0;

  Captured() {
    DIR* folder = ::opendir("/proc/self/fd");
    while (const dirent* entry = ::readdir(folder)) {
      char target[64] = {};
      const std::string path = std::string("/proc/self/fd/") + entry->d_name;
      struct stat status{};
      if (::readlink(path.c_str(), target, sizeof target - 1) > 0 && ::stat(path.c_str(), &status) == 0 &&
          std::string(target).find("pyharness-capture") != std::string::npos) {
        taken += static_cast<std::uint64_t>(status.st_blocks) * 512;
        written += static_cast<std::uint64_t>(status.st_size);
      }
    }
    ::closedir(folder);
  }
};

// Opens the gate once so much was written and no more than that is still held: else the case hangs until its limit.
test::RunDescription until_trimmed(std::vector<std::string> cases, const test::Gate& gate, std::uint64_t written,
                                   std::uint64_t held) {
  test::RunDescription description{{test::deadly_suite}, std::move(cases), test::run_options(1), {}};
  description.settings.timeout_ms = 60'000;
  description.after_wait = [&gate, written, held](Supervisor&, const Batch&, const RunRecord&) {
    const Captured captured;
    if (captured.written >= written && captured.taken <= held) {
      gate.open();
    }
  };
  return description;
}

}  // namespace

TEST_CASE("output: a flood keeps its head and its tail, says what is left out, and does not fill memory") {
  for (const Isolation isolation : {Isolation::thread, Isolation::process, Isolation::fork}) {
    CAPTURE(name_of(isolation));
    const test::Gate gate;
    test::RunDescription description = until_trimmed({"floods, then waits"}, gate, 300 * megabyte, 8 * megabyte);
    description.settings.isolation = isolation;
    description.options.most_output_bytes = 2 * megabyte;
    const RunRecord record = test::run(description);
    CHECK(record.outcomes.at("floods, then waits") == Outcome::pass);
    const std::string& output = record.outputs.at("floods, then waits");
    CHECK(output.size() > 2 * megabyte);
    CHECK(output.size() < 2 * megabyte + 100);
    CHECK(output.compare(0, 8, "begin\nxx") == 0);
    CHECK(output.compare(output.size() - 5, 5, "xend\n") == 0);
    CHECK(output.find("bytes of output are left out here]") != std::string::npos);
    CHECK(output.find('\0') == std::string::npos);
  }
}

TEST_CASE("output: what was dealt with is given back while the run goes on") {
  const test::Gate gate;
  std::vector<std::string> cases;
  for (int number = 0; number < 100; ++number) {
    cases.push_back("prints a megabyte[" + std::to_string(number) + "]");
  }
  cases.emplace_back("waits for the test");
  const RunRecord record = test::run(until_trimmed(cases, gate, 100 * megabyte, 4 * megabyte));
  CHECK(record.is_complete(101));
  for (int number = 0; number < 100; ++number) {
    const std::string& output = record.outputs.at(cases[static_cast<std::size_t>(number)]);
    const std::string mark = std::to_string(number);
    CHECK(output.size() == mark.size() + megabyte + 1);
    CHECK(output.compare(0, mark.size() + 1, mark + "x") == 0);
  }
}

TEST_CASE("output: less than the limit is kept whole") {
  test::RunDescription description{
      {test::deadly_suite}, {"prints a megabyte[1]", "prints a megabyte[2]"}, test::run_options(1), {}};
  description.options.most_output_bytes = megabyte + 2;
  const RunRecord record = test::run(description);
  CHECK(record.outputs.at("prints a megabyte[2]") == "2" + std::string(megabyte, 'x') + "\n");
}

TEST_CASE("hosts: the place of a host that is buried is nobody's, whoever gets its number") {
  const os::FileDescriptor file = os::make_memory_file("pyharness-run");
  RunTable table(file.number(), TableShape::for_run(1, 2));
  const os::Wakeup wakeup;
  HostSetup setup;
  setup.program = test::host_program;
  setup.table = file.number();
  setup.wakeup = wakeup.descriptor();
  Hosts hosts(setup, 2);
  hosts.begin_run(table, nullptr);
  hosts.replace(Isolation::process, 0);
  hosts.replace(Isolation::process, 1);
  Host& second = *hosts.all().back();
  const std::uint32_t number = second.number;
  CHECK(table.place(1).holder.load() == number + 1);
  Hosts::kill(second);
  hosts.bury(second);
  CHECK(table.place(1).holder.load() == 0);
  hosts.replace(Isolation::fork, 0);
  CHECK(hosts.all().back()->number == number);
  hosts.provide(Isolation::process, 2);
  CHECK(table.place(1).holder.load() == hosts.all().back()->number + 1);
  CHECK(hosts.all().back()->first_worker == 1);
}
