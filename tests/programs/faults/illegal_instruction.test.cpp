#include <pyharness/test.hpp>

TEST("culprit") { __builtin_trap(); }
