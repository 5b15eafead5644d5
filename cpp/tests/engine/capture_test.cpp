// Output capture: two workers that write in every way there is, at the same time.
#include "engine/capture.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include "os/memory_file.h"

using namespace pyharness;

namespace {

constexpr int rounds = 50;

void write_line(const std::string& line) {
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
}

// Writes lines that all begin with the mark: C and C++ streams, plain write, a child thread, a child process.
void print_from_everywhere(const std::string& mark) {
  for (int round = 0; round < rounds; ++round) {
    std::printf("%s printf %d\n", mark.c_str(), round);
    std::cout << mark + " cout\n" << std::flush;
    std::cerr << mark + " cerr\n";
    write_line(mark + " write\n");
    std::thread([&] {
      std::fprintf(stderr, "%s thread\n", mark.c_str());
      write_line(mark + " thread write\n");
    }).join();
  }
  [[maybe_unused]] const int status = std::system(("for i in 1 2 3 4 5; do echo '" + mark + " system'; done").c_str());
}

// Runs the body on a thread of its own, captured; returns what it wrote.
template <class Body>
std::string captured(const Body& body) {
  const auto file = os::make_memory_file("capture", true);
  bool attached = false;
  std::thread([&] {
    Capture capture;
    attached = capture.attach(file.number(), Capture::Table::own, Capture::Streams::captured, ::getpid());
    if (attached) {
      body(capture);
    }
  }).join();
  REQUIRE(attached);
  return os::read_range(file.number(), 0, UINT64_MAX);
}

std::size_t lines_of(const std::string& text, const std::string& mark) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    CHECK(line.rfind(mark + " ", 0) == 0);
  }
  return count;
}

}  // namespace

TEST_CASE("capture: two workers side by side get what they wrote, all of it, and nothing else") {
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  std::string one;
  std::string other;
  std::thread first([&] { one = captured([](const Capture& /*capture*/) { print_from_everywhere("one"); }); });
  other = captured([](const Capture& /*capture*/) { print_from_everywhere("other"); });
  first.join();
  CHECK(lines_of(one, "one") == 6 * rounds + 5);
  CHECK(lines_of(other, "other") == 6 * rounds + 5);
}

TEST_CASE("capture: settling tells where the captured output ends, and mends redirected and closed descriptors") {
  captured([](Capture& capture) {
    CHECK(capture.settle().value() == 0);
    write_line("12345");
    CHECK(capture.settle().value() == 5);
    REQUIRE(::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO) == STDOUT_FILENO);
    write_line("lost");
    CHECK(capture.settle().value() == 5);
    write_line("678");
    CHECK(capture.settle().value() == 8);
    REQUIRE(::syscall(SYS_close_range, 3U, ~0U, 0U) == 0);
    CHECK(capture.settle().value() == 8);
    CHECK(Capture::owner_of_this_thread() == capture.id());
    REQUIRE(::syscall(SYS_close_range, 0U, ~0U, 0U) == 0);
    CHECK(capture.settle().value() == 8);
    write_line("90");
    CHECK(capture.settle().value() == 10);
    REQUIRE(::ftruncate(STDERR_FILENO, 2) == 0);
    CHECK(capture.settle().value() == 2);
  });
}

TEST_CASE("capture: threads and their children belong to the worker that started them, others to nobody") {
  CHECK(Capture::owner_of_this_thread() == 0);
  captured([](Capture& capture) {
    CHECK(capture.id() != 0);
    CHECK(Capture::owner_of_this_thread() == capture.id());
    std::thread([&] { CHECK(Capture::owner_of_this_thread() == capture.id()); }).join();
    captured([&](const Capture& inner) { CHECK(inner.id() != capture.id()); });
    CHECK(Capture::owner_of_this_thread() == capture.id());
  });
  CHECK(Capture::owner_of_this_thread() == 0);
}

TEST_CASE("capture: streams that are left alone go where they went, and the worker is still known") {
  const auto outer = os::make_memory_file("outer", true);
  const auto file = os::make_memory_file("capture", true);
  std::thread([&] {
    Capture around;
    REQUIRE(around.attach(outer.number(), Capture::Table::own, Capture::Streams::captured, ::getpid()));
    Capture capture;
    REQUIRE(capture.attach(file.number(), Capture::Table::own, Capture::Streams::left_alone, ::getpid()));
    write_line("to the outer file");
    CHECK(Capture::owner_of_this_thread() == capture.id());
  }).join();
  CHECK(os::read_range(outer.number(), 0, 100) == "to the outer file");
  CHECK(os::file_size(file.number()) == 0);
}

TEST_CASE("capture: a descriptor that is none is refused") {
  std::thread([] {
    Capture capture;
    CHECK_FALSE(capture.attach(-1, Capture::Table::own, Capture::Streams::left_alone, ::getpid()));
  }).join();
}
