// All of one open file: the limit is the process's, not the machine's.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <pyharness/test.hpp>

TEST("culprit") {
  const int file = ::open("/dev/null", O_RDWR);
  REQUIRE(file >= 0);
  while (::dup(file) >= 0) {
  }
  CHECK(errno == EMFILE);
}
