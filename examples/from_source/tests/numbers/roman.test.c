#include <pyharness/test.h>

#include "numbers.h"

typedef struct {
  unsigned number;
  const char* text;
} pair;
static const pair pairs[] = {{1, "I"}, {4, "IV"}, {1994, "MCMXCIV"}, {3888, "MMMDCCCLXXXVIII"}};

TEST_EACH("writes", const pair* one, pairs) {
  char text[16];
  REQUIRE(to_roman(one->number, text));
  CHECK_STR_EQ(text, one->text);
}
TEST("has no zero") { CHECK(!to_roman(0, (char[16]){0})); }
TEST("ends before four thousand") { CHECK(!to_roman(4000, (char[16]){0})); }
