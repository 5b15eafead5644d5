#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "os/error.h"
#include "os/wakeup.h"

namespace pyharness::os {

Wakeup::Wakeup() : file_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!file_) {
    throw_errno("eventfd");
  }
}

void Wakeup::ring(int descriptor) {
  const std::uint64_t one = 1;
  // Fails only when the listener has not looked for 2^64 rings, or the descriptor is gone: then it polls.
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

void Wakeup::clear() const {
  std::uint64_t rings = 0;
  [[maybe_unused]] const ssize_t got = ::read(descriptor(), &rings, sizeof rings);
}

}  // namespace pyharness::os
