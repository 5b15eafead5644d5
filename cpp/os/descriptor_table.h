// A table of file descriptors for one thread (and the threads and processes it starts) alone.
// Thread-safety: each call concerns the calling thread only.
#pragma once

namespace pyharness::os {

// From here on, what this thread opens, closes or redirects is not seen by the threads it shared its table with.
// False when the kernel refuses (before Linux 5.9, or a seccomp profile).
bool unshare_descriptor_table();

// Whether `unshare_descriptor_table` works here; tries it on a thread of its own.
bool can_unshare_descriptor_table();

}  // namespace pyharness::os
