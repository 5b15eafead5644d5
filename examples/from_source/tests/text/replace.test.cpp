#include <pyharness/test.hpp>
#include <stdexcept>

#include "text.hpp"

TEST("replaces each") { CHECK(text::replace_all("a-b-c", "-", " - ") == "a - b - c"); }
TEST("does not look into what it has put there") { CHECK(text::replace_all("aa", "a", "aa") == "aaaa"); }
TEST("goes from the left") { CHECK(text::replace_all("aaa", "aa", "b") == "ba"); }
TEST("refuses to look for nothing") { CHECK_THROWS_AS(text::replace_all("a", "", "b"), std::invalid_argument); }
