// An inline static with default visibility: STB_GNU_UNIQUE with GCC, so one object for all libraries of a process.
// That is the suites' own affair ("names" cannot hold in both); their registries must stay apart all the same.
#pragma once

#include <pyharness/test.hpp>

#include <string>

struct Shared {
  static inline int counter = 0;
  static inline std::string owner;
};
