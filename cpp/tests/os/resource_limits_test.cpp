// Changed limits are named and put back as far as the kernel allows.
#include "os/resource_limits.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pyharness;

namespace {

rlimit open_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

// What a process without privileges finds after it has lowered a hard limit: 0 is right.
int lowered_hard_limit() {
  const uid_t nobody = 65534;
  const rlimit before{100, 200};
  const rlimit lowered{50, 50};
  if (::setrlimit(RLIMIT_NOFILE, &before) != 0 || (::getuid() == 0 && ::setuid(nobody) != 0)) {
    return 1;
  }
  os::ResourceLimits limits;
  ::setrlimit(RLIMIT_NOFILE, &lowered);
  if (limits.restore() !=
      "lowered the limit of open files (RLIMIT_NOFILE) from 100 to 50 and lowered the hard limit of open files "
      "(RLIMIT_NOFILE) from 200 to 50, which cannot be restored") {
    return 2;
  }
  return limits.restore().empty() ? 0 : 3;
}

}  // namespace

TEST_CASE("resource limits: a lowered limit is named and put back") {
  const rlimit before = open_files();
  os::ResourceLimits limits;
  CHECK(limits.restore().empty());
  rlimit lowered = before;
  lowered.rlim_cur = 64;
  ::setrlimit(RLIMIT_NOFILE, &lowered);
  CHECK(limits.restore() ==
        "lowered the limit of open files (RLIMIT_NOFILE) from " + std::to_string(before.rlim_cur) + " to 64");
  CHECK(open_files().rlim_cur == before.rlim_cur);
  CHECK(limits.restore().empty());
}

TEST_CASE("resource limits: several are named in one text, and what is unlimited is called so") {
  rlimit before{};
  ::getrlimit(RLIMIT_CPU, &before);
  REQUIRE(before.rlim_cur == RLIM_INFINITY);
  os::ResourceLimits limits;
  const rlimit cpu{10'000, before.rlim_max};
  rlimit files = open_files();
  files.rlim_cur = 64;
  ::setrlimit(RLIMIT_CPU, &cpu);
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::string text = limits.restore();
  CHECK(text.find("lowered the limit of CPU time (RLIMIT_CPU) from unlimited to 10000; lowered the limit of open") ==
        0);
}

TEST_CASE("resource limits: no memory is needed until they are put back") {
  os::ResourceLimits limits;
  rlimit before{};
  ::getrlimit(RLIMIT_AS, &before);
  const rlimit nothing{0, before.rlim_max};
  ::setrlimit(RLIMIT_AS, &nothing);
  const std::string text = limits.restore();
  CHECK(text == "lowered the limit of address space (RLIMIT_AS) from unlimited to 0");
}

TEST_CASE("resource limits: a hard limit that cannot be raised again is reported once") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(lowered_hard_limit());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
