// Names that mean something to the framework's filters, or that repeat.
#include <doctest/doctest.h>

TEST_CASE("a, b") {}
TEST_CASE("a") {}
TEST_CASE("b") {}
TEST_CASE("A") {}
TEST_CASE("*") {}
TEST_CASE("a*") {}
TEST_CASE("?") {}
TEST_CASE("back\\slash, and \\\\ two \\") {}
TEST_CASE("\"quoted\"") {}
TEST_CASE("  leading and trailing  ") {}
TEST_CASE("two\nlines") {}
TEST_CASE("tab\tin it") {}
TEST_CASE("<xml> & \"more\" 'of it'") {}
TEST_CASE("control \x01 character") {}
TEST_CASE(
    "\xc3\xbc"
    "ber") {}
TEST_CASE("") {}

TEST_CASE("repeats") {}
TEST_CASE("repeats") {}

TEST_SUITE("one suite") {
  TEST_CASE("in a suite") {}
  TEST_CASE("in two suites") {}
  TEST_CASE("twice in a suite") {}
  TEST_CASE("twice in a suite") {}
}

TEST_SUITE("other, suite") {
  TEST_CASE("in two suites") {}
  TEST_CASE("left out" * doctest::skip()) {}
}
