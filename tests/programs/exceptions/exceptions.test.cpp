// What leaves a case is a failure of that case, with its type and text.
#include <pyharness/test.hpp>

#include <stdexcept>
#include <string>

namespace shop {
struct OutOfStock {};
struct Priced : std::runtime_error {
  using std::runtime_error::runtime_error;
};
}  // namespace shop

TEST("standard") { throw std::out_of_range("index 7 of 3"); }
TEST("derived") { throw shop::Priced("too dear"); }
TEST("int") { throw 42; }
TEST("text") { throw "a plain text"; }
TEST("string") { throw std::string("a std::string"); }
TEST("own type") { throw shop::OutOfStock{}; }
TEST("null text") { throw static_cast<const char*>(nullptr); }
TEST("after an assertion") {
  CHECK(true);
  throw std::runtime_error("after");
}
struct Broken {
  Broken() { throw std::runtime_error("set-up broke"); }
};
TEST_F(Broken, "fixture") {}
TEST("goes on") { CHECK(true); }
