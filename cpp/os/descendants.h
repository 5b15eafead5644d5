// Processes that outlive the ones that were started here: daemonised grandchildren.
// Thread-safety: any thread. kill_adopted must not run while another part of the process has children of its own.
#pragma once

#include <cstddef>

namespace pyharness::os {

// Orphaned descendants become children of this process instead of being handed to init. False, and nothing is changed,
// when it has children already (handed down by exec, or an embedding program's): what those leave behind could not be
// told apart from what is started from here on.
bool adopt_orphans();
// Kills and reaps all children of this process, and what they leave in turn; only after adopt_orphans has said true.
// Returns how many were killed.
std::size_t kill_adopted();

}  // namespace pyharness::os
