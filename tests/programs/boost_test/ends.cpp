// Ways to end that end the whole program, or do not.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "framework.hpp"

BOOST_AUTO_TEST_CASE(before) { BOOST_TEST(true); }

BOOST_AUTO_TEST_CASE(segfault) {
  std::printf("about to crash\n");
  std::fflush(stdout);
  raise(SIGSEGV);
}

BOOST_AUTO_TEST_CASE(abort_) { std::abort(); }

BOOST_AUTO_TEST_CASE(terminate_) {
  BOOST_TEST(1 == 2);
  std::terminate();
}

BOOST_AUTO_TEST_CASE(killed) { raise(SIGKILL); }

BOOST_AUTO_TEST_CASE(_exit_0) { _exit(0); }

BOOST_AUTO_TEST_CASE(exit_0) { std::exit(0); }

BOOST_AUTO_TEST_CASE(exit_3) { std::exit(3); }

BOOST_AUTO_TEST_CASE(after) { BOOST_TEST(true); }

struct AtEnd {
  ~AtEnd() {
    if (std::getenv("EXIT_WITH") != nullptr) _exit(std::atoi(std::getenv("EXIT_WITH")));
  }
} at_end;

struct Global {
  void setup() {
    if (std::getenv("BREAK_SETUP") != nullptr) BOOST_FAIL("no database");
  }
  void teardown() {
    if (std::getenv("BREAK_TEARDOWN") != nullptr) BOOST_FAIL("database is gone");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(Global);
