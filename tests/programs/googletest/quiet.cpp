// A program that says nothing over the network, as one whose GoogleTest was built without streaming.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

TEST(Quiet, Passes) { std::printf("heard\n"); }
TEST(Quiet, Fails) {
  EXPECT_EQ(1, 2);
  std::printf("between\n");
  FAIL() << "at last";
}
TEST(Quiet, Skips) { GTEST_SKIP() << "no time"; }
class Values : public testing::TestWithParam<int> {};
TEST_P(Values, Odd) { EXPECT_EQ(GetParam() % 2, 1); }
INSTANTIATE_TEST_SUITE_P(Two, Values, testing::Values(1, 2));
TEST(Quiet, Crashes) { std::abort(); }

int main(int count, char** arguments) {
  const auto streams = [](const char* word) { return std::strncmp(word, "--gtest_stream", 14) == 0; };
  count = static_cast<int>(std::remove_if(arguments, arguments + count, streams) - arguments);
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
