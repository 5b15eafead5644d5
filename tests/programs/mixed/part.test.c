#include <pyharness/test.h>
TEST("c passes") { CHECK_INT(1, ==, 1); }
TEST("c fails") { CHECK_INT(1, ==, 2); }
