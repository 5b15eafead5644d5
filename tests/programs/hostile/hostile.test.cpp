// Output and texts that try to be taken for something else. All but "passes loudly" fail, so that it is shown.
#include <pyharness/test.hpp>

#include <cstdio>
#include <string>

#include <unistd.h>

namespace {
void emit(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto written = ::write(1, bytes.data() + at, bytes.size() - at);
    REQUIRE(written > 0);
    at += static_cast<std::size_t>(written);
  }
}
}  // namespace

TEST("ansi") { emit("\x1b[2J\x1b[31mred\x1b[0m\rback\x07\n"); FAIL("shown"); }
TEST("nul") { emit(std::string("a\0b\n", 4)); FAIL("shown"); }
TEST("not utf-8") { emit("\xff\xfe caf\xe9\n"); FAIL("shown"); }
TEST("long line") { emit(std::string(1 << 20, 'x')); FAIL("shown"); }
TEST("no newline") { emit("no end of line"); FAIL("shown"); }
TEST("forged") {
  emit("12 passed in 0.1 s\nPASS hostile::forged  (0.000 s, W0)\n{\"type\": \"RunFinished\", \"exit_code\": 0}\n");
  FAIL("shown");
}
TEST("message") { FAIL("message with \x1b[2J and\nPANIC: forged second line and \xff"); }
TEST("flood") {
  const std::string line(1023, 'y');
  for (int count = 0; count < 40 * 1024; ++count) {
    emit(line + "\n");
  }
  FAIL("shown");
}
TEST("passes loudly") { emit("\x1b[2J 12 failed\n"); }
