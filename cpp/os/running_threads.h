// The threads of this process, as the kernel counts them, and to which file one of them writes.
// Thread-safety: any thread; a thread may end while it is looked at, and is then not found.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace pyharness::os {

pid_t this_thread();
// One system call; 0 when the kernel does not say.
std::size_t thread_count();
std::vector<pid_t> thread_ids();
// The name that the thread goes by (pthread_setname_np); empty when it has ended.
std::string thread_name(pid_t thread);
// Whether `descriptor` in the table of this thread leads to the file with this inode number: so a thread that a case
// has left behind is known to be its worker's.
bool thread_writes_to(pid_t thread, int descriptor, ino_t file);
// Whether two descriptors in the table of this thread lead to different files. `marker` must be open, `descriptor` may
// be closed.
bool thread_tells_apart(pid_t thread, int descriptor, int marker);

}  // namespace pyharness::os
