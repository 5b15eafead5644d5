#define BOOST_TEST_MODULE counts
#include <boost/test/unit_test.hpp>

#include "times.hpp"

extern "C" int counted_by_boost_test(int value) { return value; }

BOOST_AUTO_TEST_CASE(ones) { times(1, counted_by_boost_test); }
BOOST_AUTO_TEST_SUITE(more)
BOOST_AUTO_TEST_CASE(tens) { times(10, counted_by_boost_test); }
BOOST_AUTO_TEST_CASE(hundreds) { times(100, counted_by_boost_test); }
BOOST_AUTO_TEST_CASE(thousands) { times(1000, counted_by_boost_test); }
BOOST_AUTO_TEST_SUITE_END()
