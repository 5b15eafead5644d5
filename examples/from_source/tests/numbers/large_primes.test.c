#include <pyharness/test.h>

#include "numbers.h"

TEST("the largest prime of 32 bits", .tags = "long") { CHECK(is_prime(4294967291u)); }
TEST("the number before it has a divisor", .tags = "long") { CHECK(!is_prime(4294967290u)); }
