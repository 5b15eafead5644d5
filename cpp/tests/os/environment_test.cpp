// Changed environment variables are named and put back, also when what the case left cannot be read any more.
#include "os/environment.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

using namespace pyharness;

namespace {

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "(not set)" : value;
}

struct Variables {
  Variables() {
    ::setenv("PYHARNESS_KEPT", "as it was", 1);
    ::setenv("PYHARNESS_OTHER", "as well", 1);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;
  ~Variables() {
    ::unsetenv("PYHARNESS_KEPT");
    ::unsetenv("PYHARNESS_OTHER");
  }
};

}  // namespace

TEST_CASE("environment: what was set, changed and removed is named and put back") {
  const Variables variables;
  os::Environment environment;
  CHECK_FALSE(environment.looks_changed());
  CHECK(environment.restore().empty());
  CHECK(value_of("PYHARNESS_KEPT") == "as it was");
  ::setenv("PYHARNESS_NEW", "1", 1);
  ::setenv("PYHARNESS_KEPT", "otherwise", 1);
  ::unsetenv("PYHARNESS_OTHER");
  CHECK(environment.looks_changed());
  CHECK(environment.restore() ==
        "set the environment variable 'PYHARNESS_NEW'; changed the environment variable 'PYHARNESS_KEPT'; "
        "removed the environment variable 'PYHARNESS_OTHER'");
  CHECK(value_of("PYHARNESS_NEW") == "(not set)");
  CHECK(value_of("PYHARNESS_KEPT") == "as it was");
  CHECK(value_of("PYHARNESS_OTHER") == "as well");
  CHECK_FALSE(environment.looks_changed());
  CHECK(environment.restore().empty());
}

TEST_CASE("environment: a variable that the case itself has removed again is no change") {
  os::Environment environment;
  ::setenv("PYHARNESS_NEW", "1", 1);
  ::unsetenv("PYHARNESS_NEW");
  CHECK(environment.restore().empty());
  CHECK_FALSE(environment.looks_changed());
}

TEST_CASE("environment: one that was cleared comes back") {
  const Variables variables;
  os::Environment environment;
  ::clearenv();
  CHECK(environment.looks_changed());
  CHECK(environment.restore().find("removed the environment variables ") == 0);
  CHECK(value_of("PYHARNESS_KEPT") == "as it was");
}

TEST_CASE("environment: a value that was overwritten in its place is found and put back") {
  const Variables variables;
  os::Environment environment;
  std::getenv("PYHARNESS_KEPT")[0] = 'A';
  CHECK(environment.restore() == "changed the environment variable 'PYHARNESS_KEPT'");
  CHECK(value_of("PYHARNESS_KEPT") == "as it was");
}

TEST_CASE("environment: a string in memory that is gone does no harm") {
  const Variables variables;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  os::Environment environment;
  std::strcpy(static_cast<char*>(memory), "PYHARNESS_NEW=1");
  ::putenv(static_cast<char*>(memory));
  ::munmap(memory, page);
  CHECK(environment.restore() == "changed the environment variables");
  CHECK(value_of("PYHARNESS_NEW") == "(not set)");
  CHECK(value_of("PYHARNESS_KEPT") == "as it was");
}

TEST_CASE("environment: a second snapshot starts from what it finds") {
  os::Environment first;
  ::setenv("PYHARNESS_NEW", "1", 1);
  os::Environment second;
  ::unsetenv("PYHARNESS_NEW");
  CHECK(second.restore() == "removed the environment variable 'PYHARNESS_NEW'");
  ::unsetenv("PYHARNESS_NEW");
}
