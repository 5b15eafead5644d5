#include <pyharness/test.hpp>

#include "times.hpp"

extern "C" int counted_in_shared(int value);

TEST("hundreds") { times(100, counted_in_shared); }
TEST("thousands") { times(1000, counted_in_shared); }
