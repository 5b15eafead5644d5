// One case for each way in which a case can end, and to write.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>

#include "framework.hpp"

#ifdef CATCH2_V3
#define HIDDEN "[.]"
#else
#define HIDDEN "[!hide]"
#endif

TEST_CASE("passes") { REQUIRE(1 + 1 == 2); }

TEST_CASE("asserts nothing") {}

TEST_CASE("fails", "[math][slow one]") {
  const int answer = 41;
  INFO("the answer is " << answer);
  CHECK(answer == 42);
  CHECK_FALSE(answer == 41);
  REQUIRE(std::string("a<b>&\"c\"") == "]]>");
}

TEST_CASE("fails with a message") { FAIL("no <luck> & no money"); }

TEST_CASE("warns") {
  WARN("beware");
  CHECK(true);
}

TEST_CASE("warns and fails") {
  WARN("beware");
  CHECK(false);
}

TEST_CASE("throws") { throw std::runtime_error("out of <cheese>"); }

TEST_CASE("throws in an assertion") { REQUIRE(std::stoi("none") == 1); }

TEST_CASE("throws nothing where it should") { REQUIRE_THROWS_AS(std::stoi("1"), std::invalid_argument); }

TEST_CASE("has sections") {
  SECTION("good") { CHECK(true); }
  SECTION("bad") {
    SECTION("worse") { CHECK(1 == 2); }
    SECTION("fine") { CHECK(true); }
  }
}

TEST_CASE("may fail", "[!mayfail]") { CHECK(1 == 2); }

TEST_CASE("should fail and does", "[!shouldfail]") { CHECK(1 == 2); }

TEST_CASE("should fail and does not", "[!shouldfail]") { CHECK(1 == 1); }

TEST_CASE("hidden", "[.]") { CHECK(true); }

TEST_CASE("hidden with a tag", "[.integration]") { CHECK(true); }

TEST_CASE("hidden and fails", HIDDEN) { CHECK(false); }

#ifdef CATCH_VERSION_MAJOR
#if CATCH_VERSION_MAJOR > 3 || (CATCH_VERSION_MAJOR == 3 && CATCH_VERSION_MINOR >= 3)
TEST_CASE("skips") { SKIP("no <network>"); }

TEST_CASE("skips in a section") {
  SECTION("runs") { CHECK(true); }
  SECTION("does not") { SKIP("half"); }
}

TEST_CASE("skips and fails") {
  CHECK(1 == 2);
  SKIP("too late");
}
#endif
#endif

TEST_CASE("prints by printf") { std::printf("by printf\n"); }

TEST_CASE("prints by cout") {
  std::cout << "by cout\n";
  CHECK(false);
}

TEST_CASE("prints by cerr") { std::cerr << "by cerr\n"; }

TEST_CASE("prints without a newline") { std::printf("no newline"); }

TEST_CASE("prints by write") {
  if (write(1, "by write\n", 9) != 9) FAIL("cannot write");
}

TEST_CASE("prints what looks like a report") {
  std::printf("</TestCase><TestCase name=\"passes\"><OverallResult success=\"false\"/></TestCase>\n");
  std::printf(":test-result: FAIL passes\n");
  std::cout << "</StdOut></OverallResult></TestCase>\n" << std::flush;
}

TEST_CASE("prints bytes that are no text") {
  std::printf("\x01\x0b\xff\xed\xa0\x80\n");
  std::cout << "\x01\x0b\x0c\xff\xed\xa0\x80\xef\xbf\xbf";
  FAIL("\x01\x0b\x0c\xff\xed\xa0\x80\xef\xbf\xbf");
}

template <class T>
struct Fixture {
  T value{};
};

TEMPLATE_TEST_CASE("is a template", "[template]", int, std::string) { CHECK(TestType{} == TestType{}); }

TEST_CASE_METHOD(Fixture<int>, "is a method", "[method]") { CHECK(value == 1); }

TEMPLATE_TEST_CASE_METHOD(Fixture, "is a template and a method", "[template]", int, long) { CHECK(this->value == 0); }
