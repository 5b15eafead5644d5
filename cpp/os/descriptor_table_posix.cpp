#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "os/descriptor_table.h"

namespace pyharness::os {

bool unshare_descriptor_table() {
  // On a range that holds no descriptor: container profiles that refuse unshare(2) allow it.
  constexpr unsigned close_range_unshare = 2;  // CLOSE_RANGE_UNSHARE, which older headers lack
  return ::syscall(SYS_close_range, ~0U, ~0U, close_range_unshare) == 0;
}

bool can_unshare_descriptor_table() {
  bool works = false;
  std::thread([&works] { works = unshare_descriptor_table(); }).join();
  return works;
}

}  // namespace pyharness::os
