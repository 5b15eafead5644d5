#include <pyharness/test.hpp>

#include "text.hpp"

using Parts = std::vector<std::string>;

TEST("separates") { CHECK(text::split("a,b,c", ',') == (Parts{"a", "b", "c"})); }
TEST("keeps empty parts") { CHECK(text::split(",a,,", ',') == (Parts{"", "a", "", ""})); }
TEST("makes one part of nothing") { CHECK(text::split("", ',') == Parts{""}); }
