/* What test.h promises, a case for each promise. */
#include <pyharness/test.h>

#include <math.h>

static const char* nothing(void) { return NULL; }

TEST("truth") { CHECK(1 + 1 == 3); }
TEST("int") { CHECK_INT(-1, ==, 2 + 3); }
TEST("uint") { CHECK_UINT(18446744073709551615u, <, 1); }
TEST("text") { CHECK_STR_EQ("left", "right"); }
TEST("null text") {
  CHECK_STR_EQ(nothing(), "right");
  CHECK_STR_EQ(nothing(), nothing());
}
TEST("memory") { CHECK_MEM_EQ("abcd", "abxd", 4); }
TEST("near") {
  CHECK_NEAR(1.0, 1.05, 0.1);
  CHECK_NEAR(1.0, 1.5, 0.1);
}
TEST("nan") { CHECK_NEAR(NAN, NAN, 1.0); }
TEST("check goes on") {
  CHECK(0);
  CHECK_INT(1, >, 2);
}
TEST("require leaves") {
  REQUIRE_INT(1, >, 2);
  FAIL("not reached");
}
TEST("fail") { FAIL("got %d of %s", 7, "eight"); }
TEST("skip") { SKIP("needs %d cores", 2); }
TEST("info") {
  INFO("round %d", 3);
  CHECK(0);
}
TEST("info is gone") { CHECK(0); }
TEST("options", .tags = "one two", .timeout_ms = 2500, .serial = 1) {}
TEST("no limit", .timeout_ms = PYHARNESS_NO_TIMEOUT) {}
TEST("off", .disabled = 1) {}
TEST("among threads", .isolation = PYHARNESS_ISOLATION_THREAD) {}
TEST("apart", .isolation = PYHARNESS_ISOLATION_PROCESS, .threads_required = 3) {}
TEST("alone", .isolation = PYHARNESS_ISOLATION_CASE) {}

static const int sizes[] = {1, 16, 4096};
TEST_EACH("size", const int* size, sizes) { CHECK_INT(*size, <, 4096); }
TEST_EACH("tagged", const int* size, sizes, .tags = "sized", .threads_required = 2) { REQUIRE(*size > 0); }
PYHARNESS_TEST("prefixed") { PYHARNESS_CHECK(1); }
