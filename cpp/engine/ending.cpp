#include "engine/ending.h"

#include <algorithm>

#include "os/machine_load.h"

namespace pyharness {

std::string describe(const Ending& ending) {
  return ending.kind == CrashKind::memory ? "used more memory than --memory-limit allows" : os::describe(ending.status);
}

std::optional<Ending> ending_of(HostProcess& host, pid_t case_process) {
  const auto status = host.process().wait(0);
  // Looked at second: the kernel says so before it kills.
  if (host.was_killed_for_memory()) {
    return Ending{CrashKind::memory, {}, host.memory_limit_bytes()};
  }
  if (status) {
    return Ending{CrashKind::died, *status};
  }
  return ending_of(host.process(), case_process, host.memory_limit_bytes());
}

std::optional<Ending> ending_of(os::Subprocess& process, pid_t child, std::uint64_t memory_limit_bytes) {
  if (const auto status = process.wait(0)) {
    return Ending{CrashKind::died, *status};
  }
  if (const auto signal = process.stopped()) {
    return Ending{CrashKind::stopped, {true, *signal}};
  }
  if (memory_limit_bytes != 0) {
    const std::uint64_t used = std::max(os::resident_bytes(process.id()), child == 0 ? 0 : os::resident_bytes(child));
    if (used > memory_limit_bytes) {
      return Ending{CrashKind::memory, {}, used};
    }
  }
  return std::nullopt;
}

}  // namespace pyharness
