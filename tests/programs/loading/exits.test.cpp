#include <pyharness/test.hpp>

#include <cstdlib>

__attribute__((constructor)) static void leave() { std::exit(0); }
TEST("never") {}
