#include <pyharness/test.hpp>

#include "text.hpp"

TEST("takes white space from both ends") { CHECK(text::trim(" \t a b \r\n") == "a b"); }
TEST("leaves nothing of white space") { CHECK(text::trim("  \n") == ""); }
TEST_EACH("leaves as it is", (std::string whole), values("", "a", "a b")) { CHECK(text::trim(whole) == whole); }
