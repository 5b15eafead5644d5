#include <pyharness/test.hpp>

#include "samples.hpp"
#include "text.hpp"

TEST_EACH("keeps to the width", (std::size_t width), values(5, 10, 80)) {
  for (const std::string& line : text::wrap(pangram, width)) CHECK(line.size() <= width);
}
TEST("fills a line to its end") { CHECK(text::wrap("ab cd", 5).size() == 1); }
TEST("gives a long word its own line") { CHECK(text::wrap("a longest b", 3).at(1) == "longest"); }
