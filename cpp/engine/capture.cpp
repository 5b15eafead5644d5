#include "engine/capture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/descriptor_table.h"

namespace pyharness {

bool Capture::attach(int file, Table table, Streams streams) {
  if (table == Table::own && !os::unshare_descriptor_table()) {
    return false;
  }
  if (streams == Streams::captured && (::dup3(file, STDOUT_FILENO, 0) < 0 || ::dup3(file, STDERR_FILENO, 0) < 0)) {
    return false;
  }
  struct stat status{};
  if (::fstat(file, &status) != 0) {
    return false;
  }
  if (file != capture_marker && ::dup3(file, capture_marker, O_CLOEXEC) < 0) {
    return false;
  }
  id_ = status.st_ino;
  return true;
}

std::uint64_t Capture::position() const {
  struct stat status{};
  if (::fstat(capture_marker, &status) != 0 || status.st_ino != id_) {
    return 0;
  }
  return static_cast<std::uint64_t>(status.st_size);
}

CaptureId Capture::owner_of_this_thread() {
  struct stat status{};
  return ::fstat(capture_marker, &status) == 0 ? status.st_ino : 0;
}

}  // namespace pyharness
