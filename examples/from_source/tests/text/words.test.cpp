#include <pyharness/test.hpp>

#include "samples.hpp"
#include "text.hpp"

TEST("counts nine words") { CHECK(text::words(pangram).size() == 9); }
TEST("has no empty word") {
  for (const std::string& word : text::words(pangram)) CHECK(!word.empty());
}
TEST_EACH("finds none", (std::string whole), values("", " ", "\n\t ")) { CHECK(text::words(whole).empty()); }
