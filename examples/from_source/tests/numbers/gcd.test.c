#include <pyharness/test.h>

#include "numbers.h"

TEST("finds the common divisor") { CHECK_UINT(gcd(12, 18), ==, 6); }
TEST("is the other number beside zero") { CHECK_UINT(gcd(0, 7), ==, 7); }
TEST("does not depend on the order") { CHECK_UINT(gcd(270, 192), ==, gcd(192, 270)); }
