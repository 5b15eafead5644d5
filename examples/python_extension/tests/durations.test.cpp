#include "durations.hpp"

#include <pyharness/test.hpp>
#include <stdexcept>

TEST("nothing takes no time") { CHECK(durations::spell(0) == "0s"); }

TEST("a number needs a unit") { CHECK_THROWS_AS(durations::parse("90"), std::invalid_argument); }
