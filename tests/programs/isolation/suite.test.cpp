// Nothing but the isolation of all cases in the suite that declare none.
#include <pyharness/test.hpp>

PYHARNESS_ISOLATE_SUITE(PYHARNESS_ISOLATION_CASE)
