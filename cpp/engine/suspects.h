// Finds out which of several cases ended a host without leaving a trace (`_exit`, SIGKILL, a child thread's stack):
// runs them again at once, side by side, each alone in a host of its own. The first that dies in the same way did it.
// Thread-safety: the supervisor's thread; blocks, within `limit_ms` plus the time to start and kill the hosts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/task.h"
#include "engine/ending.h"
#include "engine/host_process.h"

namespace pyharness {

std::optional<std::size_t> find_culprit(const HostSetup& setup, const std::vector<TestTask>& suspects,
                                        const Ending& death, std::uint32_t limit_ms);

}  // namespace pyharness
