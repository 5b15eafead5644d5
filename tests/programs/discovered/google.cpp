// GoogleTest: each way to end, parameters, types, disabled cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

TEST(Sum, adds) { EXPECT_EQ(1 + 1, 2); }
TEST(Sum, fails) { EXPECT_EQ(1 + 1, 3); }
TEST(Sum, knows_where) {
  const auto arguments = ::testing::internal::GetArgvs();
  const bool told = std::find(arguments.begin(), arguments.end(), "--data") != arguments.end();
  EXPECT_EQ(std::getenv("WHERE") != nullptr, told);
}
TEST(Sum, DISABLED_later) { FAIL(); }
TEST(DISABLED_Off, later) { FAIL(); }
TEST(Ways, skips) { GTEST_SKIP() << "not here"; }
TEST(Ways, fails_and_skips) {
  ADD_FAILURE();
  GTEST_SKIP();
}
TEST(Ways, imitates) { std::puts("[ RUN      ] Ways.other\n[       OK ] Ways.other (0 ms)"); }
TEST(Ways, crashes) { std::raise(SIGSEGV); }

class Texts : public ::testing::TestWithParam<std::string> {};
TEST_P(Texts, short_ones) { EXPECT_LT(GetParam().size(), 4U); }
INSTANTIATE_TEST_SUITE_P(Some, Texts, ::testing::Values("a;b", "[c]", "long text", "\"q\" \\ $x"));

template <typename T>
class Types : public ::testing::Test {};
using Sizes = ::testing::Types<char, long>;
TYPED_TEST_SUITE(Types, Sizes);
TYPED_TEST(Types, is_small) { EXPECT_EQ(sizeof(TypeParam), 1U); }
