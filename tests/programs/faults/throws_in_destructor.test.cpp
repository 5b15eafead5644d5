#include <pyharness/test.hpp>
#include <stdexcept>

namespace {
struct Thrower {
  ~Thrower() { throw std::runtime_error("out of a destructor"); }
};
}  // namespace

TEST("culprit") { const Thrower thrower; }
