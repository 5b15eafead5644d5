#include <cstdlib>
#include <pyharness/test.hpp>

TEST("culprit") { std::quick_exit(0); }
