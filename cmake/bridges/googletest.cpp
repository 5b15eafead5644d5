// Compiled into suites by pyharness_add_suite(… FRAMEWORK googletest).
#include <pyharness/googletest.hpp>
