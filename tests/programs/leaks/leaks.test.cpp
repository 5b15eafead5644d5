// Each way to leave something behind, and after each a case that looks whether it finds everything as it was.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <pyharness/test.hpp>
#include <string>
#include <thread>

namespace {

std::string working_directory() {
  char path[4096];
  return ::getcwd(path, sizeof path) == nullptr ? "" : path;
}

mode_t current_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

rlim_t most_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void handle(int /*signal*/) {}

bool is_handled(int signal) {
  struct sigaction found{};
  ::sigaction(signal, nullptr, &found);
  return found.sa_handler == handle;
}

bool is_blocked(int signal) {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, signal) == 1;
}

// As it was when the suite was loaded.
const std::string directory_before = working_directory();
const mode_t umask_before = current_umask();
const rlim_t descriptors_before = most_descriptors();

pid_t left_running = 0;

pid_t start_sleep() {
  char name[] = "sleep";
  char time[] = "300";
  char* const words[] = {name, time, nullptr};
  pid_t process = -1;
  return ::posix_spawnp(&process, name, nullptr, nullptr, words, environ) == 0 ? process : -1;
}

void leave_a_process() {
  left_running = start_sleep();
  REQUIRE(left_running > 0);
}

enum class Parent { ends, stays };

// A child that starts a process and then ends, as a daemon's does, or stays beside it.
void leave_a_grandchild(Parent parent) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setsid();
    ::signal(SIGTERM, SIG_IGN);
    const pid_t grandchild = start_sleep();
    (void)!::write(ends[1], &grandchild, sizeof grandchild);
    while (parent == Parent::stays) {
      ::pause();
    }
    ::_exit(0);
  }
  CHECK(::read(ends[0], &left_running, sizeof left_running) == sizeof left_running);
  if (parent == Parent::ends) {
    CHECK(::waitpid(child, nullptr, 0) == child);
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

void check_all() {
  CHECK(working_directory() == directory_before);
  CHECK(current_umask() == umask_before);
  CHECK_FALSE(is_handled(SIGUSR1));
  CHECK_FALSE(is_blocked(SIGUSR2));
  CHECK(std::getenv("LEFT_BEHIND") == nullptr);
  CHECK(most_descriptors() == descriptors_before);
  CHECK(std::strcmp(std::setlocale(LC_ALL, nullptr), "C") == 0);
  CHECK(std::fegetround() == FE_TONEAREST);
  if (left_running != 0) {
    CHECK(::kill(left_running, 0) == -1);
    CHECK(errno == ESRCH);
  }
}

}  // namespace

TEST("working directory", "careless") { CHECK(::chdir("/") == 0); }
TEST("after working directory", "finds") { check_all(); }
TEST("umask", "careless") { ::umask(0123); }
TEST("after umask", "finds") { check_all(); }
TEST("signal handler", "careless") { std::signal(SIGUSR1, handle); }
TEST("after signal handler", "finds") { check_all(); }
TEST("blocked signal", "careless") {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  CHECK(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}
TEST("after blocked signal", "finds") { check_all(); }
TEST("environment", "careless") { CHECK(::setenv("LEFT_BEHIND", "1", 1) == 0); }
TEST("after environment", "finds") { check_all(); }
TEST("resource limit", "careless") {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 200;
  CHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}
TEST("after resource limit", "finds") { check_all(); }
TEST("locale", "careless") { REQUIRE(std::setlocale(LC_ALL, "C.UTF-8") != nullptr); }
TEST("after locale", "finds") { check_all(); }
TEST("rounding mode", "careless") { CHECK(std::fesetround(FE_UPWARD) == 0); }
TEST("after rounding mode", "finds") { check_all(); }
TEST("process", "careless") { leave_a_process(); }
TEST("after process", "finds") { check_all(); }
TEST("daemon", "careless") { leave_a_grandchild(Parent::ends); }
TEST("after daemon", "finds") { check_all(); }
TEST("family", "careless") { leave_a_grandchild(Parent::stays); }
TEST("after family", "finds") { check_all(); }
TEST("thread", "careless") {
  std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
}
TEST("after thread", "finds") { check_all(); }

TEST("tidy") {
  std::thread([] {}).join();
  CHECK(std::system("true") == 0);
}

// Two at once in one process: each has to see its own working directory and umask.
namespace {
std::atomic<bool> is_changed{false};
std::atomic<bool> is_looked_at{false};

void wait_for(const std::atomic<bool>& flag) {
  while (!flag) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}
}  // namespace

TEST("changes beside another", "pair", isolation::thread, timeout(20s)) {
  CHECK(::chdir("/") == 0);
  ::umask(0123);
  is_changed = true;
  wait_for(is_looked_at);
  CHECK(working_directory() == "/");
  CHECK(current_umask() == 0123);
}
TEST("looks beside another", "pair", isolation::thread, timeout(20s)) {
  wait_for(is_changed);
  CHECK(working_directory() == directory_before);
  CHECK(current_umask() == umask_before);
  is_looked_at = true;
}
