#include <cstdio>
#include <pyharness/test.hpp>

TEST("culprit") { std::printf("no end of line"); }
