#include "shared.hpp"
TEST("one counts") { CHECK(++Shared::counter >= 1); }
TEST("one names") { CHECK(Shared::owner == std::string("one")); }
TEST("one fails") { CHECK(1 == 2); }
static const bool set = (Shared::owner = "one", true);
