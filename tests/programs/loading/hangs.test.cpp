#include <pyharness/test.hpp>

#include <thread>

__attribute__((constructor)) static void hang() { std::this_thread::sleep_for(std::chrono::hours(1)); }
TEST("never") {}
