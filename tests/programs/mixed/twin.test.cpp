#include <pyharness/test.hpp>
TEST("only") {}
