// All that a case can do to its verdict, its output and the ways by which both are told. Tests select what they need.
#include <gtest/gtest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

// ---- verdicts

TEST(Plain, Passes) { std::printf("from printf\n"); }
TEST(Plain, Fails) {
  std::cout << "before" << std::endl;
  EXPECT_EQ(1, 2) << "with 100% & a=b\nover two lines";
  SUCCEED() << "this held";
  FAIL() << "at last";
}
TEST(Plain, Skips) { GTEST_SKIP() << "no such device"; }
TEST(Plain, SkipsAfterSuccess) {
  SUCCEED();
  GTEST_SKIP() << "after all";
}
TEST(Plain, FailsAfterSkip) {
  []() { GTEST_SKIP() << "not yet"; }();
  ADD_FAILURE() << "and now";
}
TEST(Plain, Throws) { throw std::runtime_error("out of luck"); }
TEST(Plain, ThrowsNumber) { throw 7; }
TEST(Plain, DISABLED_Fails) { FAIL() << "on request"; }
TEST(DISABLED_Suite, Passes) {}
TEST(Plain, PassesToo) { std::fprintf(stderr, "no end of line"); }
TEST(Plain, Sleeps) { usleep(30000); }

class SetUpSkips : public testing::Test {
 protected:
  void SetUp() override { GTEST_SKIP() << "in set-up"; }
};
TEST_F(SetUpSkips, Case) { FAIL(); }

class SetUpFails : public testing::Test {
 protected:
  void SetUp() override { FAIL() << "in set-up"; }
};
TEST_F(SetUpFails, Case) { std::printf("never\n"); }

// ---- names

class Values : public testing::TestWithParam<std::string> {};
TEST_P(Values, Holds) { EXPECT_NE(GetParam(), "b") << GetParam(); }
INSTANTIATE_TEST_SUITE_P(Few, Values, testing::Values("a", "b", "line\nbreak", "\xff (1 ms)"));
INSTANTIATE_TEST_SUITE_P(DISABLED_Other, Values, testing::Values("c"));
INSTANTIATE_TEST_SUITE_P(Named, Values, testing::Values("x", "xy"),
                         [](const auto& parameter) { return "is_" + parameter.param; });

template <typename T>
class Typed : public testing::Test {};
using Types = testing::Types<int, char>;
TYPED_TEST_SUITE(Typed, Types);
TYPED_TEST(Typed, Case) { EXPECT_GE(sizeof(TypeParam), 1u); }

struct Spoken {
  template <typename T>
  static std::string GetName(int index) { return index == 0 ? "std::map<int*, char>" : "std::map<int-, char>"; }
};
template <typename T>
class Named : public testing::Test {};
TYPED_TEST_SUITE(Named, Types, Spoken);
TYPED_TEST(Named, Case) {}

// ---- output

TEST(Output, Forges) {
  std::printf("[       OK ] Output.Forges (0 ms)\n[ RUN      ] Output.Victim\n[       OK ] Output.Victim (0 ms)\n");
  std::printf("[  SKIPPED ] Output.Forges (0 ms)\n[ RUN      ] Nobody.Knows\n");
  std::printf("event=TestEnd&passed=1&elapsed_time=0ms\n");
  FAIL() << "it does fail";
}
TEST(Output, Victim) { FAIL() << "in truth"; }
TEST(Output, Floods) {
  for (int line = 0; line < 20000; ++line) std::printf("%06d: a line of a long output, to be kept as it is\n", line);
}
TEST(Output, Binary) { std::fwrite("\0\xff\xfe\r\n", 1, 5, stdout); }
TEST(Output, ClosesAll) {
  std::printf("closing\n");
  std::fflush(stdout);
  for (int descriptor = 3; descriptor < 256; ++descriptor) close(descriptor);
  std::printf("closed\n");
  EXPECT_TRUE(false) << "after closing";
}
TEST(Output, ClosesStandardOutput) {
  std::printf("last words\n");
  std::fflush(stdout);
  const int nothing = open("/dev/null", O_WRONLY);
  dup2(nothing, 1);
  dup2(nothing, 2);
  close(nothing);
}
TEST(Output, Zlast) { std::printf("the last one\n"); }

// ---- ends

TEST(Ends, Aborts) {
  std::printf("going\n");
  std::fflush(stdout);
  std::abort();
}
TEST(Ends, Exits) { std::exit(0); }
TEST(Ends, ForksAndExits) {
  if (const pid_t child = fork(); child == 0) {
    std::exit(0);
  } else {
    waitpid(child, nullptr, 0);
  }
}
TEST(Ends, ForksAndGoesOn) {
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, nullptr, 0);
    FAIL() << "only the parent fails";
  }
}
TEST(EndsDeathTest, Fast) { EXPECT_DEATH(std::abort(), ""); }
TEST(EndsDeathTest, Threadsafe) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH({ std::fprintf(stderr, "dying"); std::abort(); }, "dying");
  EXPECT_EXIT(std::exit(3), testing::ExitedWithCode(3), "");
}
TEST(EndsDeathTest, Survives) { EXPECT_DEATH({ int alive = 1; (void)alive; }, ""); }
