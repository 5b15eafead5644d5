// One case for each way in which a case can end, and to write.
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

TEST_CASE("passes") { REQUIRE(1 + 1 == 2); }

TEST_CASE("asserts nothing") {}

TEST_CASE("fails") {
  const int answer = 41;
  INFO("the answer is ", answer);
  CHECK(answer == 42);
  CHECK_FALSE(answer == 41);
  REQUIRE(std::string("a<b>&\"c\"") == "]]>");
}

TEST_CASE("fails with a message") { FAIL("no <luck> & no money"); }

TEST_CASE("warns") {
  MESSAGE("beware");
  WARN(1 == 2);
}

TEST_CASE("throws") { throw std::runtime_error("out of <cheese>"); }

TEST_CASE("throws in an assertion") { REQUIRE(std::stoi("none") == 1); }

TEST_CASE("throws nothing where it should") { REQUIRE_THROWS_AS((void)std::stoi("1"), std::invalid_argument); }

TEST_CASE("has subcases") {
  SUBCASE("good") { CHECK(true); }
  SUBCASE("bad") {
    SUBCASE("worse") { CHECK(1 == 2); }
    SUBCASE("fine") { CHECK(true); }
  }
}

TEST_CASE("may fail" * doctest::may_fail()) { CHECK(1 == 2); }

TEST_CASE("should fail and does" * doctest::should_fail()) { CHECK(1 == 2); }

TEST_CASE("should fail and does not" * doctest::should_fail()) { CHECK(1 == 1); }

TEST_CASE("should fail twice and does once" * doctest::expected_failures(2)) { CHECK(1 == 2); }

TEST_CASE("should fail once and does" * doctest::expected_failures(1)) { CHECK(1 == 2); }

TEST_CASE("is too slow" * doctest::timeout(0.001)) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST_CASE("is left out" * doctest::skip() * doctest::description("runs on request")) { CHECK(true); }

TEST_CASE("prints by printf") { std::printf("by printf\n"); }

TEST_CASE("prints by cout") {
  std::cout << "by cout\n";
  CHECK(false);
}

TEST_CASE("prints by write") {
  if (write(1, "by write\n", 9) != 9) FAIL("cannot write");
}

TEST_CASE("prints what looks like a report") {
  std::printf("</TestCase><TestCase name=\"passes\"><OverallResultsAsserts test_case_success=\"false\"/></TestCase>\n");
}

TEST_CASE("fails with bytes that are no text") { FAIL("\x01\x0b\x0c\xff\xed\xa0\x80\xef\xbf\xbf"); }

TEST_CASE("fails in a thread") {
  std::thread([] { CHECK(1 == 2); }).join();
}

TEST_CASE_TEMPLATE("is a template", T, int, char) { CHECK(T{} == T{}); }

struct Fixture {
  int value = 0;
};

TEST_CASE_FIXTURE(Fixture, "is a fixture") { CHECK(value == 1); }
