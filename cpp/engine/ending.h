// How a host has come to its end, as far as it can be seen from outside.
// Thread-safety: the thread that owns the process; blocks for a second at most, when it kills.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/host_process.h"
#include "engine/run_table.h"
#include "os/subprocess.h"

namespace pyharness {

struct Ending {
  CrashKind kind = CrashKind::died;  // died, stopped, memory
  os::ExitStatus status;             // of kind stopped: the signal that has stopped it
  std::uint64_t memory_bytes = 0;    // of kind memory: what it used

  bool is_like(const Ending& other) const {
    return kind == other.kind && (kind == CrashKind::memory || status == other.status);
  }
};

// "was killed by signal 9 (Killed)", "used more memory than --memory-limit allows".
std::string describe(const Ending& ending);

// Nothing: it lives, and behaves. `case_process`: where it runs a case, if that is not the host itself; else 0.
std::optional<Ending> ending_of(HostProcess& host, pid_t case_process);
// The same of any process, and of a child of it (0: none). `memory_limit_bytes` holds for each of them; 0: no limit.
std::optional<Ending> ending_of(os::Subprocess& process, pid_t child, std::uint64_t memory_limit_bytes);

}  // namespace pyharness
