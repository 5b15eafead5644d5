// Ways to end that end the whole program.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

TEST_CASE("before") { CHECK(true); }

TEST_CASE("segfault") {
  CHECK(1 == 1);
  std::printf("about to crash\n");
  std::fflush(stdout);
  raise(SIGSEGV);
}

TEST_CASE("abort") { std::abort(); }

TEST_CASE("terminate") {
  CHECK(1 == 2);
  std::terminate();
}

TEST_CASE("crash in a section") {
  SUBCASE("inner") { raise(SIGSEGV); }
}

TEST_CASE("killed") { raise(SIGKILL); }

TEST_CASE("_exit 0") { _exit(0); }

TEST_CASE("exit 0") { std::exit(0); }

TEST_CASE("exit 3") { std::exit(3); }

TEST_CASE("after") { CHECK(true); }

struct AtEnd {
  ~AtEnd() {
    if (std::getenv("EXIT_WITH") != nullptr) _exit(std::atoi(std::getenv("EXIT_WITH")));
  }
} at_end;
