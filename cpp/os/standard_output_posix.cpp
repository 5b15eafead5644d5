#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "os/standard_output.h"

namespace pyharness::os {

namespace {

constexpr std::size_t most_bytes_at_once = 4096;  // what fits into whatever can be written to

// False: not within the limit, or a signal has come.
bool is_writable(std::uint32_t limit_ms) {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, static_cast<int>(limit_ms)) > 0;
}

}  // namespace

bool write_out(std::string_view text, std::uint32_t patience_ms) {
  while (!text.empty()) {
    if (!is_writable(patience_ms)) {
      return false;
    }
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), std::min(text.size(), most_bytes_at_once));
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace pyharness::os
