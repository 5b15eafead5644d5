// Notes the end of a host at the hands of a case: fatal signals and calls of exit(), on whichever thread of the case
// they happen. Fills the crash record of the worker, sets the run's panic word (the first crash wins), rings for the
// supervisor; then the process dies as it would have without a guard. What passes by (`_exit`, SIGKILL) leaves the
// slots' current cases behind as suspects.
// Thread-safety: `install` once, on the main thread, before workers start; `leave` before an orderly exit. The
// handlers are async-signal-safe. Ownership: refers to the table, which must outlive the process's last case.
#pragma once

#include "engine/run_table.h"

namespace pyharness::crash_guard {

// `wakeup`: descriptor to ring. `exit_code` is passed on when a case calls exit().
void install(RunTable& table, int wakeup);
// From here on exit() is the host's own.
void leave();
// True in a process that a case has forked off: it is not the host, and must not act as if it were.
bool in_forked_child();

}  // namespace pyharness::crash_guard
