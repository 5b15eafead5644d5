// Touches a page of a mapped file that the file has no longer.
#include <sys/mman.h>
#include <unistd.h>

#include <pyharness/test.hpp>

TEST("culprit") {
  const int file = ::memfd_create("fault", MFD_CLOEXEC);
  REQUIRE(::ftruncate(file, 4096) == 0);
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  REQUIRE(page != MAP_FAILED);
  REQUIRE(::ftruncate(file, 0) == 0);
  *static_cast<volatile char*>(page) = 1;
}
