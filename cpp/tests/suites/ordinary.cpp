// A suite written with test.hpp, of cases that end on their own: what they report and print, from which threads.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <pyharness/test.hpp>
#include <string>
#include <thread>
#include <vector>

PYHARNESS_SUITE("ordinary", "group of ordinary")
PYHARNESS_ISOLATE_SUITE(PYHARNESS_ISOLATION_THREAD)

TEST("passes", "fast", "small", timeout(0s)) { CHECK(1 + 1 == 2); }
TEST("fails twice") {
  CHECK(1 == 2);
  CHECK(3 == 4);
}
TEST("leaves at once") {
  REQUIRE(1 == 2);
  FAIL("never reached");
}
TEST("skips") { SKIP("not today"); }
TEST("throws") { throw std::string("a text"); }
TEST("is disabled", disabled) {}

TEST("fails in a child thread") {
  std::thread([] { CHECK(1 == 2); }).join();
}
TEST("requires in a child thread") {
  std::thread([] { REQUIRE(1 == 2); }).join();
}
TEST("fails in a grandchild thread") {
  std::thread([] { std::thread([] { FAIL("from below"); }).join(); }).join();
}

namespace {

void print_from_everywhere(const std::string& mark) {
  for (int line = 0; line < 5; ++line) {
    std::printf("%s printf\n", mark.c_str());
    std::cout << mark + " cout\n" << std::flush;
    std::cerr << mark + " cerr\n";
    const std::string text = mark + " write\n";
    CHECK(::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    std::thread([&] { std::fprintf(stderr, "%s thread\n", mark.c_str()); }).join();
  }
  CHECK(std::system(("echo " + mark + " system").c_str()) == 0);
}

}  // namespace

TEST_EACH("prints", (int number), range(0, 12)) { print_from_everywhere("mark" + std::to_string(number) + "."); }

TEST_EACH("serial", (int number), range(0, 3), serial) { CHECK(number >= 0); }

TEST("stands apart", disabled, isolation::process, threads_required(3)) {}
