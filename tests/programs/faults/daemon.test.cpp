// A grandchild in a session of its own, which holds the output open.
#include <sys/wait.h>
#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setsid();
    if (::fork() == 0) {
      ::sleep(300);
    }
    ::_exit(0);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
}
