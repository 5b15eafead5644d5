// Compiled into suites by pyharness_add_suite(… FRAMEWORK catch2).
#include <pyharness/catch2.hpp>
