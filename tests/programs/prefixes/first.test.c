#include <pyharness/test.h>
static const char name[] = "same of";
static const int sizes[] = {1, 16};
TEST("same") { CHECK_INT(1, ==, 1); }
TEST_EACH(name, const int* size, sizes) { CHECK_INT(*size, ==, 1); }
