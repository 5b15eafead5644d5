#include <pyharness/test.hpp>

#include <stdexcept>
#include <vector>

static std::vector<int> numbers() { throw std::runtime_error("no numbers today"); }
TEST_EACH("each", (int), numbers()) {}
