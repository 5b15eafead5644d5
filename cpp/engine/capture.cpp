#include "engine/capture.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "os/descriptor_table.h"
#include "os/running_threads.h"

namespace pyharness {

namespace {

CaptureId file_at(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

// Of all workers, and of what their cases have started.
bool some_thread_has_redirected() {
  const std::vector<pid_t> threads = os::thread_ids();
  return std::any_of(threads.begin(), threads.end(),
                     [](pid_t thread) { return os::thread_tells_apart(thread, STDOUT_FILENO, capture_marker); });
}

}  // namespace

bool Capture::attach(int file, Table table, Streams streams, pid_t keeper) {
  keeper_ = keeper;
  if (table == Table::own && !os::unshare_descriptor_table()) {
    return false;
  }
  file_ = file;
  streams_ = streams;
  id_ = file_at(file);
  return id_ != 0 && point_at(file);
}

bool Capture::point_at(int file) const {
  const auto becomes = [file](int descriptor, int flags) {
    return file == descriptor || ::dup3(file, descriptor, flags) >= 0;
  };
  return becomes(capture_marker, O_CLOEXEC) &&
         (streams_ == Streams::left_alone || (becomes(STDOUT_FILENO, 0) && becomes(STDERR_FILENO, 0)));
}

// A case that opens the stream anew makes it buffered, for all workers. What waits in it belongs to the worker whose
// descriptor leads elsewhere: the others leave it alone until that one has seen to it.
void Capture::settle_stream() const {
  if (::__fbufsize(stdout) > 1 && (file_at(STDOUT_FILENO) != id_ || !some_thread_has_redirected())) {
    std::fflush(stdout);
    std::setvbuf(stdout, nullptr, _IONBF, 0);
  }
}

std::optional<std::uint64_t> Capture::settle() {
  if (streams_ == Streams::captured) {
    settle_stream();
  }
  struct stat status{};
  const auto stands = [&] {
    const bool streams_stand =
        streams_ == Streams::left_alone || (file_at(STDOUT_FILENO) == id_ && file_at(STDERR_FILENO) == id_);
    return streams_stand && ::fstat(capture_marker, &status) == 0 && status.st_ino == id_;
  };
  if (stands() || (restore() && stands())) {
    return static_cast<std::uint64_t>(status.st_size);
  }
  return std::nullopt;
}

bool Capture::restore() const {
  for (const int descriptor : {capture_marker, STDOUT_FILENO, STDERR_FILENO}) {
    if (file_at(descriptor) == id_) {
      return point_at(descriptor);
    }
  }
  const int file = reopen();
  const bool restored = file >= 0 && point_at(file);
  if (file > STDERR_FILENO && file != capture_marker) {
    ::close(file);
  }
  return restored;
}

// When a case has closed every descriptor that leads to the file: through the table of the keeper.
int Capture::reopen() const {
  const std::string path = "/proc/self/task/" + std::to_string(keeper_) + "/fd/" + std::to_string(file_);
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
}

CaptureId Capture::owner_of_this_thread() { return file_at(capture_marker); }

}  // namespace pyharness
