#include <pyharness/test.h>
static const int sizes[] = {1, 16};
TEST("same") { CHECK_INT(1, ==, 2); }
TEST_EACH("same of", const int* size, sizes, .tags = "tag") { CHECK_INT(*size, >, 0); }
