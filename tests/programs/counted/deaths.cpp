// Says in DEATH what becomes of the case in the middle: a number of a signal, or nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "times.hpp"

extern "C" int counted_before_death(int value) { return value; }

TEST(Deaths, Before) { times(1, counted_before_death); }
TEST(Deaths, Dies) {
  times(10, counted_before_death);
  const char* const death = std::getenv("DEATH");
  if (death == nullptr) {
    return;
  }
  if (std::atoi(death) == 0) {
    for (;;) {
      pause();
    }
  }
  std::raise(std::atoi(death));
}
TEST(Deaths, After) { times(100, counted_before_death); }
