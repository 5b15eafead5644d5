#include <pyharness/test.hpp>

#include "samples.hpp"
#include "text.hpp"

TEST("knows the first and the last letter") { CHECK(text::lower("AZaz") == "azaz"); }
TEST("leaves what lies beside the letters") { CHECK(text::lower("@[`{19") == "@[`{19"); }
TEST("changes nothing the second time") { CHECK(text::lower(text::lower(pangram)) == text::lower(pangram)); }
