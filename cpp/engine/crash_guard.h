// Notes the end of a host at the hands of a case: fatal signals, calls of exit() and findings of a sanitizer that end
// the process, on whichever thread of the case they happen. Fills the crash record of the worker, sets the run's panic
// word (the first crash wins), rings for the supervisor; then the process dies as it would have without a guard. What
// passes by (`_exit`, SIGKILL) leaves the slots' current cases behind as suspects. Also answers when it is asked where
// a worker stands (stack_signal). Thread-safety: `install` once, on the main thread, before workers start; `leave`
// before an orderly exit. The handlers are async-signal-safe. Ownership: refers to the table, which must outlive the
// process's last case.
#pragma once

#include <csignal>

#include "engine/run_table.h"

namespace pyharness::crash_guard {

// Sent to the thread of a worker that hangs: the stack record of its slot is filled. By default this signal does
// nothing, so that it is harmless where a case has taken the handler away.
inline constexpr int stack_signal = SIGURG;

// Sent by the kernel when the supervisor has died. Handled, it ends the whole process group, with what cases have
// started; not yet handled, or not any more, it ends this process.
inline const int orphaned_signal = SIGRTMAX - 1;

// Early, on the main thread: nothing of a host outlives its supervisor.
void die_with_supervisor();
// `wakeup`: descriptor to ring. `exit_code` is passed on when a case calls exit().
void install(RunTable& table, int wakeup);
// From here on exit() is the host's own.
void leave();
// In a process that was forked to run a case: it acts as the host from here on.
void take_over();
// The process of a slot's case has ended without a trace: notes what its parent has seen, and announces it.
void note_end(std::uint32_t slot, CrashKind kind, int signal, int exit_code);
// Where this run looks for leaks (the variable PYHARNESS_LOOK_FOR_LEAKS) and the runtime of a sanitizer can: looks, and
// ends the process if the case that has just run on this thread has left memory behind.
void die_of_leaks();
// True in a process that a case has forked off: it is not the host, and must not act as if it were.
bool in_forked_child();

}  // namespace pyharness::crash_guard
