#include <pyharness/test.hpp>
TEST("c++ passes") { CHECK(1 == 1); }
TEST("c++ fails") { CHECK(1 == 2); }
