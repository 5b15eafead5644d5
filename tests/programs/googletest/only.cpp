// One case, linked in other ways than usual.
#include <gtest/gtest.h>

TEST(Only, Case) {}
