// The cases beside a culprit. Each does a little of everything that a culprit can spoil, and says its own number, so
// that an output which went astray is noticed. Nothing that is killed halfway leaves a file behind.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <pyharness/test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "process_state.hpp"

namespace {

// Looked up while the suite is loaded: later a culprit may be changing the environment.
const char* const temporary_folder = std::getenv("TMPDIR");
const bool must_find_all_restored = std::getenv("CULPRIT_IS_APART") != nullptr;

void keeps_a_number_in_a_file(int number) {
  REQUIRE(temporary_folder != nullptr);
  const int file = ::open(temporary_folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  int found = -1;
  CHECK(::pwrite(file, &number, sizeof number, 0) == sizeof number);
  CHECK(::pread(file, &found, sizeof found, 0) == sizeof found);
  CHECK(found == number);
  CHECK(::close(file) == 0);
}

void adds_on_the_heap(int number) {
  const auto values = std::make_unique<std::vector<int>>(1000 + number);
  std::iota(values->begin(), values->end(), 0);
  const int count = 1000 + number;
  CHECK(std::accumulate(values->begin(), values->end(), 0) == count * (count - 1) / 2);
}

void adds_in_a_thread(int number) {
  int sum = 0;
  std::thread([&] { sum = number + 1; }).join();
  CHECK(sum == number + 1);
}

}  // namespace

TEST_EACH("innocent", (int number), range(FIRST, FIRST + 25)) {
  std::printf("stdout of %d\n", number);
  std::fprintf(stderr, "stderr of %d\n", number);
  if (must_find_all_restored) {
    check_process_state();
  }
  adds_on_the_heap(number);
  if (number % 3 == 0) {
    adds_in_a_thread(number);
  }
  if (number % 3 == 1) {
    keeps_a_number_in_a_file(number);
  }
  const std::string written = "written by " + std::to_string(number) + "\n";
  CHECK(::write(STDOUT_FILENO, written.data(), written.size()) == static_cast<ssize_t>(written.size()));
}
