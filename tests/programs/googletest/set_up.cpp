// What goes wrong, or asks for a skip, outside of the cases: the variable WRONG says where.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

static bool wrong(const char* where) {
  const char* wanted = std::getenv("WRONG");
  return wanted != nullptr && std::string(wanted) == where;
}

class Surroundings : public testing::Environment {
  void SetUp() override {
    if (wrong("environment")) FAIL() << "no environment";
    EXPECT_FALSE(wrong("environment-check")) << "a poor environment";
    if (wrong("environment-skip")) GTEST_SKIP() << "not on this machine";
  }
  void TearDown() override {
    if (wrong("environment-end")) FAIL() << "no end of the environment";
  }
};

class Suite : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (wrong("set-up")) FAIL() << "no table";
    if (wrong("set-up-skip")) GTEST_SKIP() << "no need";
    if (wrong("set-up-crash")) std::abort();
  }
  static void TearDownTestSuite() {
    if (wrong("tear-down")) FAIL() << "table is stuck";
    if (wrong("tear-down-crash")) std::abort();
  }
};
TEST_F(Suite, First) { EXPECT_FALSE(wrong("first")); }
TEST_F(Suite, Second) { std::printf("second\n"); }
TEST(Other, Third) {}

int main(int count, char** arguments) {
  std::printf("a line before all others.\n");
  testing::AddGlobalTestEnvironment(new Surroundings);
  testing::InitGoogleTest(&count, arguments);
  if (wrong("printer")) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
  }
  const int result = RUN_ALL_TESTS();
  return wrong("main") ? 3 : result;
}
