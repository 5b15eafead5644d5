// 50 MB.
#include <pyharness/test.hpp>
#include <string>

TEST("culprit") { FAIL("begin " << std::string(50'000'000, 'x') << " end"); }
