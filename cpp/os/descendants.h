// Processes that were started from this one: by a case on one of its threads, or as daemonised grandchildren that it
// has adopted. Only children of this process are ever touched.
// Thread-safety: any thread. kill_adopted must not run while another part of the process has children of its own.
// kill_and_reap blocks until its limit; the others do not block.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pyharness::os {

// Orphaned descendants become children of this process instead of being handed to init. False, and nothing is changed,
// when it has children already (handed down by exec, or an embedding program's): what those leave behind could not be
// told apart from what is started from here on.
bool adopt_orphans();
// Kills and reaps all children of this process, and what they leave in turn; only after adopt_orphans has said true.
// Returns how many were killed.
std::size_t kill_adopted();

// Whether this process has children, running or ended but not waited for. One system call.
bool has_children();
// The same for children of the calling thread alone: adopted ones are the main thread's.
bool this_thread_has_children();
// The children that this thread of the process has forked; the main thread has the adopted ones too, and those whose
// thread has ended. On a kernel without CONFIG_PROC_CHILDREN, for other threads than the calling one: the children of
// all of them, so that only writes_to tells whose they are.
std::vector<pid_t> children_of_thread(pid_t thread);

// Whether that process is a child of the other right now.
bool is_child_of(pid_t process, pid_t parent);
// Whether this child has ended and was not waited for (a zombie).
bool has_ended(pid_t child);
// Whether the standard output or error stream of the process is the file with this inode number.
bool writes_to(pid_t process, ino_t file);
// The name of its program, or of its main thread; empty when it is gone.
std::string process_name(pid_t process);

// Kills those of `processes` that are children of this process, and waits for them, `limit_ms` at most. Returns how
// many are gone.
std::size_t kill_and_reap(const std::vector<pid_t>& processes, std::uint32_t limit_ms);

}  // namespace pyharness::os
