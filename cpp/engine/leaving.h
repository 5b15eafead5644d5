// How hosts leave when nothing more is to be run in them: they unload their suites, within a limit, and how that ended
// is told.
// Thread-safety: the supervisor's thread only. Ownership: refers to the run.
#pragma once

#include <cstdint>

#include "engine/batch.h"
#include "engine/run.h"

namespace pyharness {

inline constexpr std::uint64_t leave_limit_ms = 5'000;  // for destructors of suites

// Tells what went wrong when a host left, unless another has told the same: all have the same suites, and mostly the
// same trouble.
void add_failure_to_leave(Host& host, Batch& batch);

// Goes on with ending a retired host in which nothing is awaited; true once it has ended. One in which a case hangs is
// stopped; any other has its time to unload its suites. It may also have died before it could pass on its places.
bool has_gone(const Hosts& hosts, Host& host, const RunOptions& options);

}  // namespace pyharness
