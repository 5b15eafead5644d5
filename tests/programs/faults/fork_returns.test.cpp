#include <sys/wait.h>
#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    return;
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
}
