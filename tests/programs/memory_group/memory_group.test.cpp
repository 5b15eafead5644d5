// Cases that use more memory than they may: one by itself, the other with children of which each uses little.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <pyharness/test.hpp>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;
constexpr int child_count = 4;

// Says when it has its memory, and keeps it until the others have theirs.
[[noreturn]] void be_a_child(int ready, int all_ready) {
  const std::vector<char> kept(24 * mebibyte, 'x');
  char byte = kept.back();
  const bool told = ::write(ready, &byte, 1) == 1 && ::read(all_ready, &byte, 1) == 0;
  ::_exit(told ? 0 : 1);
}

}  // namespace

TEST("family") {
  int ready[2];
  int all_ready[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(all_ready) == 0);
  for (int child = 0; child < child_count; ++child) {
    if (::fork() == 0) {
      ::close(all_ready[1]);
      be_a_child(ready[1], all_ready[0]);
    }
  }
  for (int child = 0; child < child_count; ++child) {
    char byte = 0;
    CHECK(::read(ready[0], &byte, 1) == 1);
  }
  ::close(all_ready[1]);
  for (int child = 0; child < child_count; ++child) {
    int status = -1;
    CHECK(::wait(&status) > 0);
    CHECK(status == 0);
  }
  std::printf("all had their memory\n");
}

TEST("alone") {
  std::vector<std::vector<char>> kept;
  for (int piece = 0; piece < 24; ++piece) {
    kept.emplace_back(4 * mebibyte, 'x');
  }
  std::this_thread::sleep_for(std::chrono::hours(1));
}

TEST_EACH("innocent", (int number), range(0, 10)) {
  std::printf("innocent %d\n", number);
  std::this_thread::sleep_for(std::chrono::milliseconds(number));
  CHECK(number >= 0);
}
