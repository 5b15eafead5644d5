// Tests in a header: each file that includes it has them, under its own prefix. They stand in lines with tests there.
#pragma once

#include <pyharness/test.hpp>

TEST_EACH("counts in a header", (int number), values(3, 4)) { CHECK(number > 3); }
TEST("is in a header") { CHECK(1 == 1); }
