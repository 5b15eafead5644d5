#include "engine/ending.h"

#include <algorithm>

#include "os/machine_load.h"

namespace pyharness {

std::string describe(const Ending& ending) {
  return ending.kind == CrashKind::memory ? "used more memory than --memory-limit allows" : os::describe(ending.status);
}

std::optional<Ending> ending_of(HostProcess& host, pid_t case_process) {
  const auto status = host.process().wait(0);
  const std::uint64_t limit_bytes = host.memory_limit_bytes();
  // Looked at second: the kernel says so before it kills.
  if (host.was_killed_for_memory()) {
    return Ending{CrashKind::memory, {}, limit_bytes};
  }
  if (status) {
    return Ending{CrashKind::died, *status};
  }
  if (const auto signal = host.process().stopped()) {
    return Ending{CrashKind::stopped, {true, *signal}};
  }
  if (limit_bytes != 0) {
    const std::uint64_t used =
        std::max(os::resident_bytes(host.process().id()), case_process == 0 ? 0 : os::resident_bytes(case_process));
    if (used > limit_bytes) {
      return Ending{CrashKind::memory, {}, used};
    }
  }
  return std::nullopt;
}

}  // namespace pyharness
