// Names that mean something to the framework's filters: only cases that are made by hand can have them.
#include "framework.hpp"

namespace utf = boost::unit_test;

BOOST_AUTO_TEST_SUITE(part)
BOOST_AUTO_TEST_CASE(one) { BOOST_TEST(true); }
BOOST_AUTO_TEST_CASE(one_more) { BOOST_TEST(true); }
BOOST_AUTO_TEST_SUITE_END()

static void passes() { BOOST_TEST(true); }

struct Made : utf::ut_detail::auto_test_unit_registrar {
  explicit Made(const char* name)
      : auto_test_unit_registrar(utf::make_test_case(passes, name, "names.cpp", 12),
                                 utf::decorator::collector_t::instance()) {}
} const made[] = {
    Made("a b"),
    Made("c, d"),
    Made("e:f"),
    Made("g/h"),
    Made("i*"),

    Made("@label"),
    Made("!not"),
    Made("+plus"),
    Made("<int>"),
    Made("tab\tin it"),

    Made("\"quoted\""),
    Made("back\\slash"),
    Made("pipe|d(3)"),
    Made("\xc3\xbc"
         "ber"),
};

BOOST_AUTO_TEST_CASE(one) { BOOST_TEST(true); }
