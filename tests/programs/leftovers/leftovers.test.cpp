// Cases that change their process or leave something behind.
#include <pyharness/test.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

TEST("daemon", "processes") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setsid();
    if (::fork() == 0) {
      ::signal(SIGTERM, SIG_IGN);
      ::signal(SIGHUP, SIG_IGN);
      ::execlp("sleep", "sleep", "300", nullptr);
    }
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
}
TEST("background", "processes") { CHECK(std::system("sleep 300 &") == 0); }
TEST("stopped child", "processes") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::raise(SIGSTOP);
    ::_exit(0);
  }
}
TEST("forked child returns", "fork") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    return;
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
}
TEST("forked child fails", "fork") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    FAIL("said in a child process");
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
}
TEST("forked child exits", "fork") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::exit(5);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 5);
}
TEST("forked child aborts", "fork") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::abort();
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WTERMSIG(status) == SIGABRT);
}
TEST("chdir", "state") { CHECK(::chdir("/") == 0); }
TEST("closes stdout", "state") {
  std::printf("before closing\n");
  CHECK(::close(1) == 0);
  CHECK(::close(2) == 0);
}
TEST("closes all", "state") { CHECK(::close_range(0, ~0U, 0) == 0); }
TEST("moves stdout", "state") { CHECK(::dup2(::open("/dev/null", O_WRONLY), 1) == 1); }
TEST_EACH("prints after", (int number), range(0, 8), "state") { std::printf("still here %d\n", number); }
