#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "times.hpp"

extern "C" int counted_by_googletest(int value) { return value; }

TEST(Counts, Ones) { times(1, counted_by_googletest); }
TEST(Counts, Tens) { times(10, counted_by_googletest); }
TEST(Counts, Hundreds) { times(100, counted_by_googletest); }
TEST(Counts, Thousands) { times(1000, counted_by_googletest); }

// Fails until a file is there, which it makes.
TEST(Flaky, FailsOnce) {
  times(10000, counted_by_googletest);
  const char* const folder = std::getenv("ATTEMPTS");
  if (folder == nullptr) {
    GTEST_SKIP();
  }
  const std::string mark = std::string(folder) + "/attempted";
  const bool was_there = std::ifstream(mark).good();
  std::ofstream(mark) << "once";
  EXPECT_TRUE(was_there);
}
