#include "engine/ending.h"

#include <algorithm>

#include "os/machine_load.h"

namespace pyharness {

std::optional<Ending> ending_of(os::Subprocess& process, pid_t case_process, std::uint64_t memory_limit_bytes) {
  if (const auto status = process.wait(0)) {
    return Ending{CrashKind::died, *status};
  }
  if (const auto signal = process.stopped()) {
    return Ending{CrashKind::stopped, {true, *signal}};
  }
  if (memory_limit_bytes != 0) {
    const std::uint64_t used =
        std::max(os::resident_bytes(process.id()), case_process == 0 ? 0 : os::resident_bytes(case_process));
    if (used > memory_limit_bytes) {
      return Ending{CrashKind::memory, {}, used};
    }
  }
  return std::nullopt;
}

}  // namespace pyharness
