// A suite of cases whose first attempts go wrong. How often each has run stands in the folder PYHARNESS_TEST_COUNTS, so
// that it does not matter in which process they run.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <pyharness/test.hpp>
#include <string>

namespace {

// Attempts of this case before this one.
long runs_before(const std::string& name) {
  const char* folder = ::getenv("PYHARNESS_TEST_COUNTS");
  const int file = ::open((std::string(folder == nullptr ? "/nowhere" : folder) + "/" + name).c_str(),
                          O_WRONLY | O_CREAT | O_APPEND, 0600);
  const long before = ::lseek(file, 0, SEEK_END);
  REQUIRE(::write(file, "x", 1) == 1);
  ::close(file);
  return before;
}

[[noreturn]] void hang() {
  for (;;) {
    ::pause();
  }
}

}  // namespace

TEST("passes at the second attempt") { CHECK(runs_before("second") >= 1); }
TEST("passes at the third attempt") { CHECK(runs_before("third") >= 2); }
TEST("always fails") { FAIL("as always"); }
TEST("crashes at first") {
  if (runs_before("crashes") == 0) {
    ::raise(SIGSEGV);
  }
}
TEST("leaves with _exit at first") {
  if (runs_before("leaves") == 0) {
    ::_exit(3);
  }
}
TEST("hangs at first", timeout(150ms)) {
  if (runs_before("hangs") == 0) {
    hang();
  }
}
TEST_EACH("steady", (int number), range(0, 20)) { CHECK(number >= 0); }
