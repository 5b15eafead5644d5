// What stands around cases: environments, set-up of suites, fixtures, listeners; and death tests.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::string trace;

class Environment : public testing::Environment {
  void SetUp() override { trace = "environment "; }
  void TearDown() override { std::printf("%sgone\n", trace.c_str()); }
};
const auto* const environment = testing::AddGlobalTestEnvironment(new Environment);

class Listener : public testing::EmptyTestEventListener {
  void OnTestProgramEnd(const testing::UnitTest&) override { std::printf("listener\n"); }
};
const bool listens = (testing::UnitTest::GetInstance()->listeners().Append(new Listener), true);

class Around : public testing::Test {
 protected:
  static void SetUpTestSuite() { trace += "suite "; }
  static void TearDownTestSuite() { trace += "end "; }
  void SetUp() override { trace += "fixture "; }
  void TearDown() override { trace += "down "; }
};

}  // namespace

TEST_F(Around, One) { EXPECT_EQ(trace, "environment suite fixture "); }
TEST_F(Around, Two) { EXPECT_EQ(trace, "environment suite fixture "); }
TEST_F(Around, Fails) { FAIL() << trace; }
TEST_F(Around, Traces) {
  SCOPED_TRACE("in the middle");
  ADD_FAILURE() << "once";
  RecordProperty("key", "value");
  EXPECT_EQ(1, 2) << "twice";
}

class AroundDeathTest : public Around {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
TEST_F(AroundDeathTest, Dies) {
  EXPECT_DEATH(
      {
        std::fprintf(stderr, "dying");
        std::abort();
      },
      "dying");
  EXPECT_EXIT(std::exit(3), testing::ExitedWithCode(3), "");
}
TEST_F(AroundDeathTest, Survives) {
  EXPECT_DEATH({ trace += "alive"; }, "");
}
TEST_F(AroundDeathTest, DiesOtherwise) { EXPECT_EXIT(std::exit(4), testing::ExitedWithCode(3), ""); }
