// Owning a descriptor.
#include "os/file_descriptor.h"

#include <doctest/doctest.h>
#include <fcntl.h>

using pyharness::os::FileDescriptor;

namespace {

FileDescriptor open_null() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
bool is_open(int number) { return ::fcntl(number, F_GETFD) != -1; }

}  // namespace

TEST_CASE("file descriptor: is closed when its owner goes, or lets it go") {
  int number = -1;
  {
    const FileDescriptor file = open_null();
    number = file.number();
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
  FileDescriptor file = open_null();
  number = file.number();
  file.reset();
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(static_cast<bool>(file));
}

TEST_CASE("file descriptor: moving hands it over, and closes what was there") {
  FileDescriptor first = open_null();
  FileDescriptor second = open_null();
  const int kept = first.number();
  const int closed = second.number();
  second = std::move(first);
  CHECK(second.number() == kept);
  CHECK(is_open(kept));
  CHECK_FALSE(is_open(closed));
  FileDescriptor third(std::move(second));
  CHECK(third.number() == kept);
}
