#include <dlfcn.h>
#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  static const int here = 0;
  Dl_info library{};
  REQUIRE(::dladdr(&here, &library) != 0);
  CHECK(::unlink(library.dli_fname) == 0);
}
