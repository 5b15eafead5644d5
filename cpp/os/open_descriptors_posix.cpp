#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "os/open_descriptors.h"

namespace pyharness::os {

std::optional<int> lowest_free_descriptor() {
  const FileDescriptor probe(::open("/", O_PATH | O_CLOEXEC));
  return probe ? std::optional(probe.number()) : std::nullopt;
}

void close_descriptors_from(int first) { ::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U); }

}  // namespace pyharness::os
