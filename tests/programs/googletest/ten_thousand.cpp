// Ten thousand cases that do nothing, to see that none is lost.
#include <gtest/gtest.h>

class Many : public ::testing::TestWithParam<int> {};
TEST_P(Many, passes) { EXPECT_GE(GetParam(), 0); }
INSTANTIATE_TEST_SUITE_P(All, Many, ::testing::Range(0, 10000));
