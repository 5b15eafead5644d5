// A table of descriptors that is full is noticed and emptied.
#include "os/open_descriptors.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "os/descriptor_table.h"

using namespace pyharness;

TEST_CASE("open descriptors: the lowest free number is told, and nothing stays open") {
  const auto free = os::lowest_free_descriptor();
  REQUIRE(free);
  CHECK(::fcntl(*free, F_GETFD) == -1);
  CHECK(os::lowest_free_descriptor() == free);
}

TEST_CASE("open descriptors: a full table is noticed and emptied, and no other thread sees it") {
  const int ours = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 200);
  std::thread([] {
    REQUIRE(os::unshare_descriptor_table());
    while (::dup(STDIN_FILENO) >= 0) {
    }
    CHECK_FALSE(os::lowest_free_descriptor());
    os::close_descriptors_from(100);
    const auto free = os::lowest_free_descriptor();
    REQUIRE(free);
    CHECK(*free == 100);
  }).join();
  CHECK(::fcntl(ours, F_GETFD) != -1);
  ::close(ours);
}
