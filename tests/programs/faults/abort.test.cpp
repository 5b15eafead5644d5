#include <cstdlib>
#include <pyharness/test.hpp>

TEST("culprit") { std::abort(); }
