#include <pyharness/test.hpp>

#include "times.hpp"

extern "C" int counted_in_suite(int value) { return value > 2 && value < 5 ? value : -value; }

TEST("ones") { times(1, counted_in_suite); }
TEST("tens") { times(10, counted_in_suite); }
TEST("hundreds") { times(100, counted_in_suite); }
