// Names that mean something to the framework's filters, to its listings or to those who read them.
#include "framework.hpp"

TEST_CASE("a, b", "[x]") { CHECK(true); }
TEST_CASE("a") { CHECK(true); }
TEST_CASE("b") { CHECK(true); }
TEST_CASE("[tag]", "[x]") { CHECK(true); }
TEST_CASE("in [brackets] it is") { CHECK(true); }
TEST_CASE("\"quoted\"") { CHECK(true); }
TEST_CASE("half \" quoted") { CHECK(true); }
TEST_CASE("back\\slash, and \\\\ two \\") { CHECK(true); }
TEST_CASE("# hash") { CHECK(true); }
TEST_CASE("~not") { CHECK(true); }
TEST_CASE("exclude: me") { CHECK(true); }
TEST_CASE("*") { CHECK(true); }
TEST_CASE("*star*") { CHECK(true); }
TEST_CASE("  leading and trailing  ") { CHECK(true); }
TEST_CASE("two  blanks") { CHECK(true); }
TEST_CASE("tab\tin it") { CHECK(true); }
TEST_CASE("<xml> & \"more\" 'of it'") { CHECK(true); }
TEST_CASE("--help") { CHECK(true); }
TEST_CASE("-h") { CHECK(true); }
TEST_CASE(
    "\xc3\xbc"
    "ber \xe2\x82\xac") {
  CHECK(true);
}
TEST_CASE("control \x01 character") { CHECK(true); }
TEST_CASE("\t@file.cpp:12") { CHECK(true); }
TEST_CASE("UPPER and lower") { CHECK(true); }
TEST_CASE(
    "a name that is so long that every listing which is made for people on a terminal of eighty columns has to break "
    "it somewhere",
    "[a-long-tag-that-goes-on-and-on][another-long-tag-that-goes-on-and-on][a-third-tag][and-a-fourth-tag]") {
  CHECK(true);
}
TEST_CASE(
    "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongnamewithoutanyblankinitatallwhichisbr"
    "okenbyahyphen",
    "[x]") {
  CHECK(true);
}
TEST_CASE() { CHECK(true); }
