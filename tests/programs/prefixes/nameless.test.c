#include <pyharness/test.h>
TEST("") {}
