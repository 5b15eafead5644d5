// A descriptor table of one thread's own.
#include "os/descriptor_table.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <thread>

using namespace pyharness;

TEST_CASE("descriptor table: what a thread opens and closes in its own table is not seen outside") {
  REQUIRE(os::can_unshare_descriptor_table());
  const int ours = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int theirs = -1;
  bool inherited_by_child_thread = false;
  std::thread([&] {
    REQUIRE(os::unshare_descriptor_table());
    ::close(ours);
    theirs = ::fcntl(STDIN_FILENO, F_DUPFD, 500);
    std::thread([&] { inherited_by_child_thread = ::fcntl(theirs, F_GETFD) != -1; }).join();
  }).join();
  CHECK(theirs >= 500);
  CHECK(inherited_by_child_thread);
  CHECK(::fcntl(theirs, F_GETFD) == -1);
  CHECK(::fcntl(ours, F_GETFD) != -1);
  ::close(ours);
}
