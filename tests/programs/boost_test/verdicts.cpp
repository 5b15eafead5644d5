// One case for each way in which a case can end, and to write.
#include <unistd.h>

#include <boost/mpl/list.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>

#include "framework.hpp"

namespace utf = boost::unit_test;

BOOST_AUTO_TEST_CASE(passes) { BOOST_TEST(1 + 1 == 2); }

BOOST_AUTO_TEST_CASE(asserts_nothing) {}

BOOST_AUTO_TEST_CASE(fails, *utf::label("math") * utf::label("slow one") * utf::description("it does")) {
  const int answer = 41;
  BOOST_TEST_INFO("the answer is " << answer);
  BOOST_TEST(answer == 42);
  BOOST_CHECK_EQUAL(std::string("a<b>&\"c\""), "]]>");
  BOOST_REQUIRE(answer == 43);
}

BOOST_AUTO_TEST_CASE(fails_with_a_message) { BOOST_FAIL("no <luck> & no money ]]>"); }

BOOST_AUTO_TEST_CASE(warns) {
  BOOST_WARN(1 == 2);
  BOOST_TEST_MESSAGE("beware");
}

BOOST_AUTO_TEST_CASE(has_a_context) {
  BOOST_TEST_CONTEXT("outer <context>") { BOOST_TEST(1 == 2); }
}

BOOST_AUTO_TEST_CASE(throws) { throw std::runtime_error("out of <cheese>"); }

BOOST_AUTO_TEST_CASE(throws_in_an_assertion) { BOOST_TEST(std::stoi("none") == 1); }

BOOST_AUTO_TEST_CASE(throws_nothing_where_it_should) { BOOST_CHECK_THROW((void)std::stoi("1"), std::invalid_argument); }

BOOST_AUTO_TEST_CASE(should_fail_and_does, *utf::expected_failures(1)) { BOOST_TEST(1 == 2); }

BOOST_AUTO_TEST_CASE(should_fail_and_does_not, *utf::expected_failures(1)) { BOOST_TEST(1 == 1); }

BOOST_AUTO_TEST_CASE(is_disabled, *utf::disabled()) { BOOST_TEST(1 == 1); }

BOOST_AUTO_TEST_CASE(has_its_precondition,
                     *utf::precondition([](utf::test_unit_id) { return boost::test_tools::assertion_result(true); })) {
  BOOST_TEST(1 == 1);
}

BOOST_AUTO_TEST_CASE(lacks_its_precondition, *utf::precondition([](utf::test_unit_id) {
                       boost::test_tools::assertion_result no(false);
                       no.message() << "no <network>";
                       return no;
                     })) {
  BOOST_TEST(1 == 1);
}

BOOST_AUTO_TEST_CASE(depends_on_a_failure, *utf::depends_on("fails")) { BOOST_TEST(1 == 1); }

BOOST_AUTO_TEST_CASE(prints_by_printf) { std::printf("by printf\n"); }

BOOST_AUTO_TEST_CASE(prints_by_cout) {
  std::cout << "by cout\n";
  BOOST_TEST(false);
}

BOOST_AUTO_TEST_CASE(prints_by_cerr) { std::cerr << "by cerr\n"; }

BOOST_AUTO_TEST_CASE(prints_without_a_newline) { std::printf("no newline"); }

BOOST_AUTO_TEST_CASE(prints_by_write) {
  if (write(1, "by write\n", 9) != 9) BOOST_FAIL("cannot write");
}

BOOST_AUTO_TEST_CASE(prints_what_looks_like_a_report) {
  std::printf("</TestCase><TestCase name=\"passes\"><Error>no</Error></TestCase>\n");
  std::printf("x.cpp(1): Leaving test case \"passes\"; testing time: 1us\n");
}

BOOST_AUTO_TEST_CASE(fails_with_what_looks_like_a_log) {
  BOOST_ERROR(
      "no\nx.cpp(1): Leaving test case \"fails_with_what_looks_like_a_log\"\nx.cpp(1): Entering test case \"passes\"");
}

BOOST_AUTO_TEST_CASE(fails_with_bytes_that_are_no_text) { BOOST_ERROR("\x01\x0b\x0c\xff\xed\xa0\x80\xef\xbf\xbf"); }

using Types = boost::mpl::list<int, char>;
BOOST_AUTO_TEST_CASE_TEMPLATE(is_a_template, T, Types) { BOOST_TEST(T{} == T{}); }

BOOST_DATA_TEST_CASE(has_data, utf::data::make({1, 2, 3}), sample) { BOOST_TEST(sample != 2); }

struct Fixture {
  int value = 0;
};

BOOST_FIXTURE_TEST_CASE(is_a_fixture, Fixture) { BOOST_TEST(value == 1); }

BOOST_AUTO_TEST_SUITE(outer, *utf::label("outside"))
BOOST_AUTO_TEST_CASE(passes) { BOOST_TEST(true); }
BOOST_AUTO_TEST_SUITE(inner)
BOOST_AUTO_TEST_CASE(passes) { BOOST_TEST(true); }
BOOST_AUTO_TEST_CASE(fails) { BOOST_TEST(1 == 2); }
BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(all_disabled, *utf::disabled())
BOOST_AUTO_TEST_CASE(one) { BOOST_TEST(true); }
BOOST_AUTO_TEST_CASE(other) { BOOST_TEST(true); }
BOOST_AUTO_TEST_SUITE_END()
