// Processes that outlive the ones that were started here: daemonised grandchildren.
// Thread-safety: any thread. kill_adopted must not run while another part of the process has children of its own.
#pragma once

#include <cstddef>

namespace pyharness::os {

// Orphaned descendants become children of this process instead of being handed to init.
void adopt_orphans();
// Kills and reaps all children of this process, and what they leave in turn. Returns how many were killed.
std::size_t kill_adopted();

}  // namespace pyharness::os
