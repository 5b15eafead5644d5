#include <cstdlib>
#include <pyharness/test.hpp>

TEST("culprit") {
  CHECK(::setenv("FAULT", "set by the culprit", 1) == 0);
  CHECK(::unsetenv("PATH") == 0);
}
