#include <pyharness/test.hpp>

#include "samples.hpp"
#include "text.hpp"

TEST_EACH("loses no word", (std::size_t width), range(std::size_t{0}, std::size_t{6})) {
  CHECK(text::words(text::join(text::wrap(pangram, width), "\n")) == text::words(pangram));
}
TEST("makes no line of nothing") { CHECK(text::wrap(" ", 10).empty()); }
