#include "os/descriptor_table.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace pyharness::os {

bool unshare_descriptor_table() {
  // CLOSE_RANGE_UNSHARE on a range that holds no descriptor: container profiles that refuse unshare(2) allow it.
  constexpr unsigned close_range_unshare = 1U << 1;
  return ::syscall(SYS_close_range, ~0U, ~0U, close_range_unshare) == 0;
}

bool can_unshare_descriptor_table() {
  bool works = false;
  std::thread([&works] { works = unshare_descriptor_table(); }).join();
  return works;
}

}  // namespace pyharness::os
