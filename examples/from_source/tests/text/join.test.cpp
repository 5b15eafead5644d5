#include <pyharness/test.hpp>

#include "text.hpp"

TEST("puts a text between parts only") { CHECK(text::join({"a", "b", "c"}, ", ") == "a, b, c"); }
TEST("makes nothing of nothing") { CHECK(text::join({}, ", ") == ""); }
TEST_EACH("undoes a split", (std::string whole), values("", ";", "a;b", ";;a")) {
  CHECK(text::join(text::split(whole, ';'), ";") == whole);
}
