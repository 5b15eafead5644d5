// Child processes and their groups.
#include "os/subprocess.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/time.h>

#include <cerrno>
#include <system_error>

#include "os/memory_file.h"
#include "support/descriptors.h"

using namespace pyharness;
using os::ExitStatus;
using os::Subprocess;

namespace {

Subprocess shell(const std::string& script, int output = -1, std::vector<int> inherited = {}) {
  return Subprocess({{"/bin/sh", "-c", script}, std::move(inherited), output});
}

}  // namespace

TEST_CASE("subprocess: tells how the child ended, exit code or signal, again and again") {
  auto leaves = shell("exit 7");
  CHECK(leaves.wait(UINT32_MAX) == ExitStatus{false, 7});
  CHECK(leaves.wait(0) == ExitStatus{false, 7});
  CHECK(leaves.ended());
  auto dies = shell("kill -TERM $$");
  CHECK(dies.wait(UINT32_MAX) == ExitStatus{true, SIGTERM});
}

TEST_CASE("subprocess: waiting has a limit") {
  auto child = shell("exec sleep 1000");
  CHECK(child.wait(1) == std::nullopt);
  CHECK_FALSE(child.ended());
  child.signal_group(SIGKILL);
  CHECK(child.wait(UINT32_MAX) == ExitStatus{true, SIGKILL});
  child.signal_group(SIGKILL);  // nothing happens
}

TEST_CASE("subprocess: output goes where it is told, input is empty") {
  const auto file = os::make_memory_file("output", true);
  auto child = shell("echo out; echo err >&2; cat", file.number());
  CHECK(child.wait(UINT32_MAX) == ExitStatus{false, 0});
  CHECK(os::read_range(file.number(), 0, 100) == "out\nerr\n");
}

TEST_CASE("subprocess: inherits what is listed, under its number, and nothing else that is closed on exec") {
  const auto listed = os::make_memory_file("listed", true);
  const auto other = os::make_memory_file("other", true);
  const auto script = [](int number) { return "echo text >&" + std::to_string(number); };
  auto writes = shell("eval '" + script(listed.number()) + "'", -1, {listed.number()});
  CHECK(writes.wait(UINT32_MAX) == ExitStatus{false, 0});
  CHECK(os::read_range(listed.number(), 0, 100) == "text\n");
  auto cannot = shell("test ! -e /proc/self/fd/" + std::to_string(other.number()), -1, {listed.number()});
  CHECK(cannot.wait(UINT32_MAX) == ExitStatus{false, 0});
}

TEST_CASE("subprocess: has the environment that it is given, and no more") {
  const auto file = os::make_memory_file("output", true);
  const std::string text = "TEXT=" + std::string(4096, 'x');
  os::SpawnOptions options{{"/usr/bin/env"}, {}, file.number()};
  options.environment = {text, "SHORT=1"};
  Subprocess child(options);
  CHECK(child.wait(UINT32_MAX) == ExitStatus{false, 0});
  CHECK(os::read_range(file.number(), 0, 10'000) == text + "\nSHORT=1\n");
}

TEST_CASE("subprocess: the whole group goes with the child") {
  const auto file = os::make_memory_file("output", true);
  // The grandchild holds the write end of a FIFO-like pipe: its end is seen as the end of the pipe.
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  auto child = shell("sleep 1000 & exit 0", file.number(), {ends[1]});
  ::close(ends[1]);
  CHECK(child.wait(UINT32_MAX) == ExitStatus{false, 0});
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 0);
  ::close(ends[0]);
}

TEST_CASE("subprocess: is killed and reaped with its owner, and leaves no descriptor") {
  const auto before = test::open_descriptors();
  {
    auto child = shell("exec sleep 1000");
    Subprocess moved(std::move(child));
    CHECK(child.id() == 0);
    CHECK(test::child_count() == 1);
  }
  CHECK(test::child_count() == 0);
  CHECK(test::open_descriptors() == before);
}

TEST_CASE("subprocess: a program that is not there is a system error that names it") {
  const auto before = test::open_descriptors();
  CHECK_THROWS_WITH_AS(Subprocess({{"/nowhere/program"}, {}, -1}), doctest::Contains("/nowhere/program"),
                       std::system_error);
  CHECK(test::open_descriptors() == before);
  CHECK(test::child_count() == 0);
}

TEST_CASE("subprocess: a signal that this process handles does not end the wait") {
  struct sigaction quiet{};
  struct sigaction earlier{};
  quiet.sa_handler = [](int /*signal*/) {};
  REQUIRE(::sigaction(SIGALRM, &quiet, &earlier) == 0);
  auto child = shell("kill -ALRM $PPID; exec sleep 0.2");
  CHECK(child.wait(UINT32_MAX) == ExitStatus{false, 0});
  ::sigaction(SIGALRM, &earlier, nullptr);
}
