// A program that goes wrong while it lists its cases, in the way that its file name says.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

TEST(Listed, passes) {}

static int go_wrong(const char* way) {
  if (std::strcmp(way, "crashes") == 0) std::raise(SIGSEGV);
  if (std::strcmp(way, "exits") == 0) return 3;
  if (std::strcmp(way, "says_nothing") == 0) return 0;
  if (std::strcmp(way, "prints_garbage") == 0) return std::puts("\x01\xff no list of cases") < 0;
  for (;;) {
    if (std::strcmp(way, "floods") == 0) {
      std::puts("a line of a list that has no end, as long as nobody puts an end to it");
    } else {
      ::pause();
    }
  }
}

int main(int count, char** arguments) {
  const char* name = std::strrchr(arguments[0], '/') + 1;
  const bool lists = count > 1 && std::strncmp(arguments[1], "--gtest_list_tests", 18) == 0;
  if (lists && std::strcmp(name, "listed") != 0) {
    std::puts("about to list");
    std::fflush(stdout);
    return go_wrong(name);
  }
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
