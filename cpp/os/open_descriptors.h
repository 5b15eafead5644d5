// Descriptors that a case has left open, so many that the next could open nothing.
// Thread-safety: each call concerns the table of the calling thread, and so the threads that share it.
#pragma once

#include <optional>

namespace pyharness::os {

// The number that the next file would get; nothing when the table is full (RLIMIT_NOFILE, or the system's limit).
std::optional<int> lowest_free_descriptor();
// Closes `first` and everything above it.
void close_descriptors_from(int first);

}  // namespace pyharness::os
