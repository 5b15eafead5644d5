// By a rename, as a linker does it: the old file stays mapped where it is.
#include <dlfcn.h>

#include <cstdio>
#include <fstream>
#include <pyharness/test.hpp>
#include <string>

TEST("culprit") {
  static const int here = 0;
  Dl_info library{};
  REQUIRE(::dladdr(&here, &library) != 0);
  const std::string fresh = std::string(library.dli_fname) + ".new";
  std::ofstream(fresh) << "half of a library";
  CHECK(std::rename(fresh.c_str(), library.dli_fname) == 0);
}
