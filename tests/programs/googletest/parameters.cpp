// Built as two suites with values of their own: what GoogleTest keeps the parameter in must not be shared between them.
#include <gtest/gtest.h>

class Values : public testing::TestWithParam<int> {};

TEST_P(Values, AreTheSuitesOwn) {
  const int mine = GetParam();
  for (int look = 0; look < 1000; ++look) ASSERT_EQ(GetParam(), mine);
  EXPECT_EQ(mine % 10, WHICH);
}

INSTANTIATE_TEST_SUITE_P(Many, Values, testing::Range(WHICH, 1000 + WHICH, 10));
