#include <pyharness/test.hpp>
TEST("") {}
