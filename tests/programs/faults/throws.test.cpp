#include <pyharness/test.hpp>
#include <stdexcept>

TEST("culprit") { throw std::runtime_error("nobody catches this"); }
