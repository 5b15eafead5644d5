#include <pyharness/test.hpp>
TEST("other passes") { CHECK(1 == 1); }
TEST("other fails") { CHECK(3 == 4); }
