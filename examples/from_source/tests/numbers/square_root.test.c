#include <pyharness/test.h>

#include "numbers.h"

static const uint32_t roots[] = {0, 1, 2, 1000, 65535};

TEST_EACH("of a square", const uint32_t* root, roots) { CHECK_UINT(square_root(*root * *root), ==, *root); }
TEST("rounds down") { CHECK_UINT(square_root(99), ==, 9); }
TEST("of the largest number") { CHECK_UINT(square_root(UINT32_MAX), ==, 65535); }
