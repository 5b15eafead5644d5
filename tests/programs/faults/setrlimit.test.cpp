#include <sys/resource.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = 20;
  CHECK(::setrlimit(RLIMIT_NOFILE, &files) == 0);
}
