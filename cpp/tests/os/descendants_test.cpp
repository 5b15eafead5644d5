// Children are found, told apart and cleared away. What kills all children of its process runs in a child.
#include "os/descendants.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "os/memory_file.h"
#include "os/running_threads.h"
#include "support/descriptors.h"

using namespace pyharness;

namespace {

constexpr std::uint32_t limit_ms = 10'000;

// Starts a daemon that has left its process group, and returns once its starter has ended.
void start_daemon() {
  const pid_t starter = ::fork();
  if (starter == 0) {
    ::setsid();
    if (::fork() == 0) {
      for (;;) {
        ::pause();
      }
    }
    ::_exit(0);
  }
  ::waitpid(starter, nullptr, 0);
}

// Whether an orphan from another thread becomes the main thread's; run in a process of its own.
bool main_thread_adopts() {
  bool adopted = os::adopt_orphans();
  std::thread([&] {
    start_daemon();
    adopted = adopted && os::has_children() && !os::this_thread_has_children();
  }).join();
  const auto orphans = os::children_of_thread(::getpid());
  return adopted && orphans.size() == 1 && os::kill_and_reap(orphans, limit_ms) == 1 && !os::has_children();
}

int count_of_killed() {
  if (!os::adopt_orphans()) {
    return 101;
  }
  start_daemon();
  start_daemon();
  const std::size_t killed = os::kill_adopted();
  return test::child_count() == 0 && os::kill_adopted() == 0 ? static_cast<int>(killed) : 100;
}

// What `body` returns in a child process.
int in_child(int (*body)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

// A child that waits for its end; with its standard output at `output`.
pid_t start_sleeper(int output = STDOUT_FILENO) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(output, STDOUT_FILENO);
    for (;;) {
      ::pause();
    }
  }
  return child;
}

pid_t start_ended() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  siginfo_t status{};
  ::waitid(P_PID, static_cast<id_t>(child), &status, WEXITED | WNOWAIT);
  return child;
}

ino_t inode(int descriptor) {
  struct stat file{};
  ::fstat(descriptor, &file);
  return file.st_ino;
}

}  // namespace

TEST_CASE("descendants: daemons that were started below this process are killed and reaped") {
  CHECK(in_child(count_of_killed) == 2);
}

TEST_CASE("descendants: an orphan becomes the main thread's child, whichever thread it comes from") {
  CHECK(in_child([] { return main_thread_adopts() ? 0 : 1; }) == 0);
}

TEST_CASE("descendants: children are told apart by the thread that has forked them") {
  REQUIRE_FALSE(os::has_children());
  const pid_t ours = start_sleeper();
  std::thread([&] {
    CHECK(os::has_children());
    CHECK_FALSE(os::this_thread_has_children());
    const pid_t theirs = start_sleeper();
    CHECK(os::this_thread_has_children());
    CHECK(os::children_of_thread(os::this_thread()) == std::vector<pid_t>{theirs});
    CHECK(os::kill_and_reap({theirs}, limit_ms) == 1);
    CHECK_FALSE(os::this_thread_has_children());
  }).join();
  CHECK(os::children_of_thread(os::this_thread()) == std::vector<pid_t>{ours});
  CHECK(os::kill_and_reap({ours}, limit_ms) == 1);
  CHECK_FALSE(os::has_children());
}

TEST_CASE("descendants: a child of a thread that has ended is the main thread's") {
  pid_t child = 0;
  pid_t thread = 0;
  std::thread([&] {
    thread = os::this_thread();
    child = start_sleeper();
  }).join();
  while (!os::thread_name(thread).empty()) {
    std::this_thread::yield();  // join may be back before the kernel has handed its children on
  }
  CHECK(os::children_of_thread(thread).empty());
  CHECK(os::children_of_thread(::getpid()) == std::vector<pid_t>{child});
  CHECK(os::kill_and_reap({child}, limit_ms) == 1);
}

TEST_CASE("descendants: an ended child that nobody has waited for is told from a running one") {
  const pid_t ended = start_ended();
  const pid_t running = start_sleeper();
  CHECK(os::has_ended(ended));
  CHECK_FALSE(os::has_ended(running));
  CHECK(os::has_children());
  CHECK(os::kill_and_reap({ended, running}, limit_ms) == 2);
  CHECK_FALSE(os::has_children());
}

TEST_CASE("descendants: a process is known by the file that it writes to, and has a name") {
  const auto file = os::make_memory_file("capture");
  const auto other = os::make_memory_file("other");
  const pid_t child = start_sleeper(file.number());
  while (!os::writes_to(child, inode(file.number()))) {
    std::this_thread::yield();  // it has to get to its dup2 first
  }
  CHECK_FALSE(os::writes_to(child, inode(other.number())));
  CHECK(os::process_name(child) == os::process_name(::getpid()));
  os::kill_and_reap({child}, limit_ms);
  CHECK_FALSE(os::writes_to(child, inode(file.number())));
  CHECK(os::process_name(child).empty());
}

TEST_CASE("descendants: what is no child of this process is not touched") {
  CHECK(os::kill_and_reap({1, ::getpid(), ::getppid()}, limit_ms) == 0);
}

TEST_CASE("descendants: a stopped child, and one whose end nobody is told of, are cleared away") {
  struct sigaction before{};
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  const pid_t stopped = start_sleeper();
  ::kill(stopped, SIGSTOP);
  ::sigaction(SIGCHLD, &ignore, &before);
  const pid_t unheard = start_sleeper();
  CHECK(os::kill_and_reap({stopped, unheard}, limit_ms) == 2);
  ::sigaction(SIGCHLD, &before, nullptr);
  CHECK_FALSE(os::has_children());
}
