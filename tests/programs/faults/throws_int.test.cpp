#include <pyharness/test.hpp>

TEST("culprit") { throw 42; }
