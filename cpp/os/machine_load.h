// How busy the machine and its processes are, as the kernel tells in /proc. Thread-safety: any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace pyharness::os {

// Threads of the whole machine that run or could run right now, without the calling one; 0: not known.
std::uint32_t runnable_threads();
// Resident memory of a process; 0: it has ended, or is not known.
std::uint64_t resident_bytes(pid_t process);

}  // namespace pyharness::os
