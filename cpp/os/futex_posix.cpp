#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

#include "os/futex.h"

namespace pyharness::os {

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::uint32_t limit_ms) {
  const timespec limit{static_cast<time_t>(limit_ms / 1000), static_cast<long>(limit_ms % 1000) * 1'000'000L};
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT, seen, &limit, nullptr, 0);
}

void futex_wake_all(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace pyharness::os
