#include <pyharness/test.hpp>

#include <cstdio>

__attribute__((constructor)) static void print() { std::printf("printed while loading\n"); }
TEST("fine") {}
