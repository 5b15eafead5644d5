// Memory files and their mappings.
#include "os/memory_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <system_error>

using namespace pyharness;

namespace {

void write_text(int descriptor, const std::string& text) {
  REQUIRE(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("memory file: starts empty, grows and shrinks as told, and is closed on exec") {
  const auto file = os::make_memory_file("test");
  CHECK(os::file_size(file.number()) == 0);
  os::resize_file(file.number(), 12345);
  CHECK(os::file_size(file.number()) == 12345);
  os::resize_file(file.number(), 1);
  CHECK(os::file_size(file.number()) == 1);
  CHECK((::fcntl(file.number(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("memory file: one made for appending is written at its end, wherever the offset stands") {
  const auto file = os::make_memory_file("test", true);
  write_text(file.number(), "one ");
  REQUIRE(::lseek(file.number(), 0, SEEK_SET) == 0);
  write_text(file.number(), "two");
  CHECK(os::read_range(file.number(), 0, 100) == "one two");
}

TEST_CASE("memory file: read_range yields what lies in the range, and nothing beyond the file") {
  const auto file = os::make_memory_file("test", true);
  write_text(file.number(), "0123456789");
  CHECK(os::read_range(file.number(), 2, 5) == "234");
  CHECK(os::read_range(file.number(), 8, UINT64_MAX) == "89");
  CHECK(os::read_range(file.number(), 10, 20).empty());
  CHECK(os::read_range(file.number(), 50, 20).empty());
  CHECK(os::read_range(file.number(), UINT64_MAX, UINT64_MAX).empty());
}

TEST_CASE("memory file: a mapping outlives its file, and moves") {
  auto file = os::make_memory_file("test");
  os::resize_file(file.number(), 4096);
  os::Mapping mapping(file.number(), 4096);
  const os::Mapping second(file.number(), 4096);
  file.reset();
  mapping.data()[7] = std::byte{42};
  CHECK(second.data()[7] == std::byte{42});
  os::Mapping moved(std::move(mapping));
  CHECK(moved.data()[7] == std::byte{42});
  CHECK(moved.size() == 4096);
  os::Mapping assigned;
  assigned = std::move(moved);
  CHECK(assigned.data()[7] == std::byte{42});
}

TEST_CASE("memory file: failures are system errors") {
  CHECK_THROWS_AS(os::file_size(-1), std::system_error);
  CHECK_THROWS_AS(os::resize_file(-1, 1), std::system_error);
  CHECK_THROWS_AS(os::Mapping(-1, 4096), std::system_error);
}
