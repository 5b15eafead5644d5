// What the kernel tells in /proc. Read by system calls alone: where each worker has a descriptor table of its own, a
// race detector that knows of one table per process takes descriptors of equal number for the same one. Thread-safety:
// any thread. Needs a free descriptor for a moment.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pyharness::os {

// The whole file; empty when it is not there (any more).
std::string read_proc_file(const std::string& path);
// The entries of a folder that are numbers: processes, threads.
std::vector<pid_t> numbers_in_proc(const std::string& folder);

}  // namespace pyharness::os
