#include <pyharness/test.hpp>

#include "text.hpp"

TEST("goes round at the end") { CHECK(text::caesar("xyz", 3) == "abc"); }
TEST("leaves other letters") { CHECK(text::caesar("A-1", 3) == "A-1"); }
TEST_EACH("is undone by its negative", (int shift), values(-27, -1, 0, 13, 100)) {
  CHECK(text::caesar(text::caesar("hello", shift), -shift) == "hello");
}
