#include <pyharness/test.h>

#include "numbers.h"

TEST("the mean") { CHECK_NEAR(mean((const double[]){1, 2, 6}, 3), 3, 1e-12); }
TEST("the median of an odd count is one of them") { CHECK_NEAR(median((double[]){9, 1, 5}, 3), 5, 0); }
TEST("the median of an even count lies between") { CHECK_NEAR(median((double[]){4, 1, 3, 2}, 4), 2.5, 1e-12); }
