// Finds out which of several cases ended a host, when nobody has noted it (`_exit`, SIGKILL, a child thread's stack) or
// who noted it need not have done it (a broken heap): runs them again at once, side by side, each alone in a host of
// its own. The first that dies in such a way did it. Thread-safety: the supervisor's thread; blocks, within `limit_ms`
// plus the time to start and kill the hosts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/task.h"
#include "engine/ending.h"
#include "engine/host_process.h"

namespace pyharness {

// Whether a case that has ended its host so, with or without a note of its crash guard, is the one that is looked for.
using DiedLike = std::function<bool(const Ending& ending, bool is_noted)>;

std::optional<std::size_t> find_culprit(const HostSetup& setup, const std::vector<TestTask>& suspects,
                                        const DiedLike& died_like, std::uint32_t limit_ms);

}  // namespace pyharness
