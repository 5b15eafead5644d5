#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/open_descriptors.h"

namespace pyharness::os {

// By system calls alone, see proc_files.h.
std::optional<int> lowest_free_descriptor() {
  const long probe = ::syscall(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC);
  if (probe < 0) {
    return std::nullopt;
  }
  ::syscall(SYS_close, probe);
  return static_cast<int>(probe);
}

void close_descriptors_from(int first) { ::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U); }

}  // namespace pyharness::os
