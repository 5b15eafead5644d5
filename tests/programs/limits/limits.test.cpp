// Cases that take up much: memory, output, workers.
#include <cstdio>
#include <cstring>
#include <pyharness/test.hpp>
#include <thread>
#include <vector>

TEST("grows", "memory") {
  std::vector<std::vector<char>> kept;
  for (int mebibytes = 0; mebibytes < 400; mebibytes += 4) {
    kept.emplace_back(std::size_t{4} << 20U, 'x');
  }
  std::printf("has it all\n");
  std::this_thread::sleep_for(std::chrono::hours(1));
}
TEST_EACH("modest", (int number), range(0, 20)) {
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(number >= 0);
}
TEST("flood") {
  for (int line = 0; line < 300'000; ++line) {
    std::printf("line %07d\n", line);
  }
}
TEST_EACH("wide", (int), range(0, 4), threads_required(3)) {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}
TEST_EACH("too wide", (int), range(0, 2), threads_required(1000)) {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}
TEST_EACH("narrow", (int), range(0, 16)) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }
