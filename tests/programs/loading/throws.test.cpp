#include <pyharness/test.hpp>

#include <stdexcept>

struct Thrower {
  Thrower() { throw std::runtime_error("thrown by a constructor"); }
};
static Thrower thrower;
TEST("never") {}
