#include <pyharness/test.hpp>

#include <thread>

TEST_EACH("nap", (int), range(0, 40)) { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }
