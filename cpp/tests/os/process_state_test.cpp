// What a case leaves in its process, looked at by several threads.
#include "os/process_state.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

using namespace pyharness;

TEST_CASE("process state: each change is reported with its kind, as everybody's, and once") {
  os::ProcessState state(os::ViewScope::thread);
  CHECK_FALSE(state.looks_changed());
  CHECK(state.restore_differences().empty());
  ::setenv("PYHARNESS_NEW", "1", 1);
  CHECK(state.looks_changed());
  ::signal(SIGTERM, SIG_IGN);
  const auto changes = state.restore_differences();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].kind == os::StateKind::signal_handler);
  CHECK(changes[0].text == "changed the handler of SIGTERM");
  CHECK(changes[1].kind == os::StateKind::environment);
  CHECK(changes[1].text == "set the environment variable 'PYHARNESS_NEW'");
  CHECK(changes[1].whole_process);
  CHECK_FALSE(state.looks_changed());
  CHECK(state.restore_differences().empty());
}

TEST_CASE("process state: the directory is everybody's where threads share their view") {
  const std::string before = std::filesystem::current_path().string();
  os::ProcessState state(os::ViewScope::process);
  std::thread([] { CHECK(::chdir("/proc") == 0); }).join();
  const auto changes = state.restore_differences();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == os::StateKind::working_directory);
  CHECK(changes[0].whole_process);
  CHECK(std::filesystem::current_path().string() == before);
}

TEST_CASE("process state: of several threads that look, one reports") {
  os::ProcessState state(os::ViewScope::thread);
  ::signal(SIGTERM, SIG_IGN);
  ::setenv("PYHARNESS_NEW", "1", 1);
  std::atomic<std::size_t> reported{0};
  const auto look = [&] {
    (void)state.looks_changed();
    reported += state.restore_differences().size();
  };
  std::thread one(look);
  std::thread other(look);
  one.join();
  other.join();
  CHECK(reported == 2);
}
