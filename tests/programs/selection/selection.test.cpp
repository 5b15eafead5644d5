#include <pyharness/test.hpp>

TEST("alpha", "fast", "math") {}
TEST("Beta", "slow") {}
TEST("gamma two", "fast") {}
TEST("gamma (old)", "math") {}
TEST("and") {}
TEST("delta", disabled, "fast") {}
TEST("epsilon", "with_limit", serial, timeout(1500ms)) {}
TEST_EACH("pair", (int a, const char* b), combine(values(1, 2), values("x", "y z"))) {
  CHECK(a > 0);
  CHECK(b[0] >= 'x');
}
