#include <pyharness/test.hpp>

#include "ring.hpp"

TEST("has nothing to give") { CHECK_THROWS_AS(containers::Ring<int>(1).pop(), std::out_of_range); }
TEST("must have room") { CHECK_THROWS_AS(containers::Ring<int>(0), std::invalid_argument); }
