// Cases that wait to be interrupted, cases that all fail, and cases that tell their process.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

// One byte a case in the file that the environment names: whoever wants to interrupt knows when.
static void say_started() {
  const int descriptor = ::open(std::getenv("STARTED_FILE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  ASSERT_EQ(::write(descriptor, ".", 1), 1);
  ::close(descriptor);
}

// Until somebody opens the other end of the pipe that the environment names.
TEST(Gate, opens) {
  std::printf("waiting at the gate\n");
  std::fflush(stdout);
  say_started();
  const int gate = ::open(std::getenv("GATE"), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(gate, 0);
  ::close(gate);
}

class Sleeper : public ::testing::TestWithParam<int> {};
TEST_P(Sleeper, sleeps) {
  std::printf("number %d goes to sleep\n", GetParam());
  std::fflush(stdout);
  say_started();
  for (;;) {
    ::pause();
  }
}
INSTANTIATE_TEST_SUITE_P(All, Sleeper, ::testing::Range(0, 8));

class Parent : public ::testing::TestWithParam<int> {};
TEST_P(Parent, sleeps) { EXPECT_EQ(std::system("sleep 60"), 0); }
INSTANTIATE_TEST_SUITE_P(All, Parent, ::testing::Range(0, 4));

class Failure : public ::testing::TestWithParam<int> {};
TEST_P(Failure, fails) { FAIL() << GetParam(); }
INSTANTIATE_TEST_SUITE_P(All, Failure, ::testing::Range(0, 60));

class Process : public ::testing::TestWithParam<int> {};
TEST_P(Process, says_which) { std::printf("%d\n", ::getpid()); }
INSTANTIATE_TEST_SUITE_P(All, Process, ::testing::Range(0, 6));
