// What a case leaves in its thread, looked at as a whole.
#include "os/thread_state.h"

#include <doctest/doctest.h>
#include <fenv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace pyharness;

namespace {

void block(int signal) {
  sigset_t set{};
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

TEST_CASE("thread state: a thread without changes has none") {
  os::ThreadState state(os::ViewScope::process);
  CHECK_FALSE(state.looks_changed());
  CHECK(state.restore_differences().empty());
}

TEST_CASE("thread state: each change is reported with its kind, as the thread's own, and once") {
  std::thread([] {
    os::ThreadState state(os::ViewScope::process);
    ::fesetround(FE_UPWARD);
    CHECK(state.looks_changed());
    block(SIGUSR1);
    const auto changes = state.restore_differences();
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].kind == os::StateKind::rounding);
    CHECK(changes[0].text == "changed the rounding mode to upward");
    CHECK(changes[1].kind == os::StateKind::signal_mask);
    CHECK(changes[1].text == "blocked SIGUSR1");
    CHECK_FALSE(changes[0].whole_process);
    CHECK_FALSE(state.looks_changed());
    CHECK(state.restore_differences().empty());
  }).join();
}

TEST_CASE("thread state: directory and umask are the thread's where it has a view of its own") {
  std::thread([] {
    if (!os::unshare_file_system_view()) {
      MESSAGE("skipped: the kernel refuses a view of the file system for each thread");
      return;
    }
    os::ThreadState state(os::ViewScope::thread);
    ::umask(0123);
    REQUIRE(::chdir("/proc") == 0);
    const auto changes = state.restore_differences();
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].kind == os::StateKind::working_directory);
    CHECK(changes[1].kind == os::StateKind::umask);
    CHECK_FALSE(changes[1].whole_process);
    CHECK(state.restore_differences().empty());
  }).join();
}
