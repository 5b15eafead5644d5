#include <pyharness/test.hpp>

#include "text.hpp"

TEST_EACH("reads the same from both ends", (std::string whole), values("", "x", "Anna", "Never odd or even")) {
  CHECK(text::is_palindrome(whole));
}
TEST_EACH("reads another way", (std::string whole), values("ab", "Annas")) { CHECK(!text::is_palindrome(whole)); }
