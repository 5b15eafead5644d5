#include <pyharness/test.h>

#include "numbers.h"

static const char* const wrong[] = {"", "-", "1x", "x1", "99999999999", "999999999999999999999"};

TEST("reads a sign") {
  int number = 0;
  REQUIRE(parse_int("-42", &number));
  CHECK_INT(number, ==, -42);
}
TEST_EACH("refuses", const char* const* text, wrong) {
  int number = 7;
  CHECK(!parse_int(*text, &number));
  CHECK_INT(number, ==, 7);
}
