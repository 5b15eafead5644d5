// Orphans are adopted and cleared away. Run in a child, since it kills all children of its process.
#include "os/descendants.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "support/descriptors.h"

using namespace pyharness;

namespace {

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

int count_of_killed() {
  if (!os::adopt_orphans()) {
    return 101;
  }
  start_daemon();
  start_daemon();
  const std::size_t killed = os::kill_adopted();
  return test::child_count() == 0 && os::kill_adopted() == 0 ? static_cast<int>(killed) : 100;
}

}  // namespace

TEST_CASE("descendants: daemons that were started below this process are killed and reaped") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(count_of_killed());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 2);
}
