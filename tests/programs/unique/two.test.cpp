#include "shared.hpp"
TEST("two counts") { CHECK(++Shared::counter >= 1); }
TEST("two names") { CHECK(Shared::owner == std::string("two")); }
TEST_EACH("two numbers", (int number), range(0, 3)) { CHECK(number < 3); }
static const bool set = (Shared::owner = "two", true);
