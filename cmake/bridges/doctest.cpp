// Compiled into suites by pyharness_add_suite(… FRAMEWORK doctest).
#include <pyharness/doctest.hpp>
