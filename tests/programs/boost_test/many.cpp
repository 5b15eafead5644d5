// Very many cases that do nothing, to see what each costs.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "framework.hpp"

BOOST_DATA_TEST_CASE(many, boost::unit_test::data::xrange(10000), sample) { (void)sample; }
