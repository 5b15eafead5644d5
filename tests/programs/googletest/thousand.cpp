// A thousand cases, of which some end their program, or never end; see tests/behaviour/test_programs.py.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

class Many : public ::testing::TestWithParam<int> {};
TEST_P(Many, runs) {
  std::printf("number %d\n", GetParam());
  std::fflush(stdout);
  switch (GetParam()) {
    case 250: std::raise(SIGSEGV); break;
    case 500:
      for (;;) {
        ::pause();
      }
    case 750: std::exit(0);
    case 999: std::puts("[       OK ] All/Many.runs/998 (0 ms)"); break;
    default: break;
  }
}
INSTANTIATE_TEST_SUITE_P(All, Many, ::testing::Range(0, 1000));
TEST(Others, DISABLED_off) {}
TEST(Others, fails) {
  std::puts("[       OK ] Others.fails (0 ms)");
  EXPECT_EQ(1, 2);
}
TEST(Others, skips) { GTEST_SKIP() << "not today"; }
TEST(Others, fails_once) {
  const char* folder = std::getenv("ATTEMPTS");
  ASSERT_NE(folder, nullptr);
  const std::string seen = std::string(folder) + "/seen";
  EXPECT_EQ(::access(seen.c_str(), F_OK), 0);
  std::fclose(std::fopen(seen.c_str(), "w"));
}
