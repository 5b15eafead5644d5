// A bit of everything, for verdicts that do not depend on the number of threads.
#include <pyharness/test.hpp>

#include <cstdio>
#include <stdexcept>

TEST_EACH("passes", (int number), range(0, 60)) { CHECK(number < 60); }
TEST_EACH("fails", (int number), range(0, 9), "bad") {
  std::printf("failing %d\n", number);
  CHECK(number == -1);
}
TEST_EACH("skips", (int number), range(0, 4)) { SKIP("number " << number << " is not wanted"); }
TEST("throws", "bad") { throw std::runtime_error("thrown"); }
TEST("off", disabled) { FAIL("this case is disabled"); }
TEST("fails, then skips") {
  CHECK(false);
  SKIP("too late");
}
