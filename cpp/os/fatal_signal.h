// Signals that end a process, seen on the thread that caused them: alternate stacks, a handler, raw stack walking.
// Thread-safety: AlternateStack belongs to the thread that makes it; `handle_fatal_signals` is called once, early.
// All other functions are for use inside the handler and async-signal-safe, those that need preparing once that is
// done.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pyharness::os {

// A stack for signal handlers of the calling thread, so that they still run when its own stack has overflowed.
class AlternateStack {
 public:
  AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  ~AlternateStack();

 private:
  void* memory_ = nullptr;
};

using FatalHandler = void (*)(int signal, siginfo_t* details, void* machine_context);

// Calls `handler` for SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP and SIGSYS, on the thread that caused them.
void handle_fatal_signals(FatalHandler handler);
// Calls `handler` for one more signal, which interrupts system calls as little as possible.
void handle_signal(int signal, FatalHandler handler);
// Loads what walking, and asking for the reason of an abort, need, while that is still allowed.
void prepare_stack_walk();
void prepare_abort_reason();
// Program counters of the interrupted code, innermost first: the faulting instruction, then return addresses.
std::size_t walk_stack(void* machine_context, std::uint64_t* frames, std::size_t most);
// Where the interrupted code had its stack.
std::uint64_t stack_pointer(void* machine_context);
// When the calling thread was started, in nanoseconds since boot, to a hundredth of a second; 0: not known.
std::uint64_t thread_started_ns();
// The text of /proc/thread-self/maps, as far as it fits: the main thread may have ended.
std::size_t read_memory_map(char* text, std::size_t most);
// The same of another process of this user, outside of a handler; empty: it has ended.
std::string memory_map_of(pid_t process);
// Sends a signal to one thread of a process; false: there is no such thread. Outside of a handler, too.
bool signal_thread(pid_t process, pid_t thread, int signal);
// Whether the C library is aborting this process because it has found the heap broken: by whomever. Only glibc tells
// why it aborts.
bool found_the_heap_broken();
// Lets the signal do what it does without a handler, once the handler has returned.
void die_of_on_return(int signal);

}  // namespace pyharness::os
