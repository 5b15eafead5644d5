#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "os/standard_output.h"

namespace pyharness::os {

namespace {

bool is_writable(int limit_ms) {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, limit_ms) > 0;
}

}  // namespace

void write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (!(errno == EAGAIN && is_writable(-1)) && !(errno == EINTR && is_writable(0))) {
      return;
    }
  }
}

}  // namespace pyharness::os
