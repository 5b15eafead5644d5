// Each case prints in all ways at once; every line carries the case's number and a serial number.
#include <pyharness/test.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include <unistd.h>

namespace {
std::string line(int number, const char* way, int serial) {
  return "<" + std::to_string(number) + " " + way + " " + std::to_string(serial) + ">\n";
}
void print_all(int number, int serial) {
  std::printf("%s", line(number, "printf", serial).c_str());
  std::cout << line(number, "cout", serial) << std::flush;
  const std::string raw = line(number, "write", serial);
  CHECK(::write(1, raw.data(), raw.size()) == static_cast<ssize_t>(raw.size()));
  std::fprintf(stderr, "%s", line(number, "stderr", serial).c_str());
  std::cerr << line(number, "cerr", serial);
  std::thread([=] { std::printf("%s", line(number, "thread", serial).c_str()); }).join();
}
}  // namespace

TEST_EACH("prints", (int number), range(0, 32)) {
  for (int serial = 0; serial < 10; ++serial) {
    print_all(number, serial);
  }
  const std::string command = "echo '<" + std::to_string(number) + " system 0>'";
  CHECK(std::system(command.c_str()) == 0);
}
TEST("unflushed cout") { std::cout << "left in the buffer of cout"; }
TEST("unflushed printf") { std::printf("left in the buffer of stdout"); }
TEST("silent") {}
