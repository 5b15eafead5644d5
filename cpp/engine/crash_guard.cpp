#include "engine/crash_guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "engine/case_context.h"
#include "os/fatal_signal.h"
#include "os/wakeup.h"

namespace pyharness::crash_guard {

namespace {

constexpr int leak_exit_code = 23;  // as of the sanitizer

// Read by signal handlers: set once before the workers start.
RunTable* run_table = nullptr;
int wakeup_descriptor = -1;
std::atomic<pid_t> host_process{0};
std::atomic<bool> leaving{false};

bool is_this_host() { return ::getpid() == host_process.load(std::memory_order_relaxed); }

// The crash record that the calling thread may fill; nullptr when it belongs to no worker.
CrashRecord* claim_record(std::uint32_t& slot_number) {
  const pyharness_context* context = pyharness_context::of_this_thread();
  if (context == nullptr) {
    return nullptr;
  }
  slot_number = context->slot();
  CrashRecord& crash = run_table->slot(slot_number).crash;
  const auto thread = static_cast<std::uint32_t>(::syscall(SYS_gettid));
  std::uint32_t nobody = 0;
  if (!crash.claimed_by.compare_exchange_strong(nobody, thread)) {
    if (nobody == thread) {
      return nullptr;  // the guard itself has crashed: what is written so far has to do
    }
    for (;;) {
      ::pause();  // another thread of the same case was first; the process ends as soon as that one is done
    }
  }
  return &crash;
}

void announce(CrashRecord& crash, std::uint32_t slot_number, CrashKind kind) {
  crash.kind.store(kind, std::memory_order_release);
  std::uint32_t nobody = 0;
  run_table->header().panic.compare_exchange_strong(nobody, slot_number + 1);
  os::Wakeup::ring(wakeup_descriptor);
}

void on_fatal_signal(int signal, siginfo_t* details, void* machine_context) {
  const int saved_errno = errno;
  std::uint32_t slot_number = 0;
  CrashRecord* crash = is_this_host() ? claim_record(slot_number) : nullptr;
  if (crash != nullptr) {
    crash->signal = signal;
    crash->is_sent = details->si_code <= 0;  // then the sender stands where the address would
    crash->address = crash->is_sent ? 0 : reinterpret_cast<std::uint64_t>(details->si_addr);
    crash->stack_pointer = os::stack_pointer(machine_context);
    crash->heap_is_broken = signal == SIGABRT && os::found_the_heap_broken();
    crash->thread_started_ns = pyharness_context::on_worker_thread() ? 0 : os::thread_started_ns();
    // The maps first: walking a broken stack may crash in turn, and ends the process there.
    crash->map_bytes.store(static_cast<std::uint32_t>(os::read_memory_map(crash->maps, CrashRecord::most_map_bytes)),
                           std::memory_order_release);
    crash->kind.store(CrashKind::signal, std::memory_order_release);
    crash->frame_count.store(static_cast<std::uint32_t>(os::walk_stack(machine_context, crash->frames, most_frames)),
                             std::memory_order_release);
    announce(*crash, slot_number, CrashKind::signal);
  }
  os::die_of_on_return(signal);
  errno = saved_errno;
}

void note_exit(CrashKind kind, int code) {
  if (!is_this_host() || leaving.load()) {
    return;
  }
  std::uint32_t slot_number = 0;
  if (CrashRecord* crash = claim_record(slot_number)) {
    crash->exit_code = code;
    announce(*crash, slot_number, kind);
  }
  // At once: destructors would run beside cases that are still running.
  ::_exit(code);
}

// A sanitizer is about to end the process: it has printed what it found, and calls _exit or abort next.
void on_sanitizer_death() {
  std::uint32_t slot_number = 0;
  if (CrashRecord* crash = is_this_host() && !leaving.load() ? claim_record(slot_number) : nullptr) {
    announce(*crash, slot_number, CrashKind::sanitizer);
  }
}

void watch_sanitizer() {
  using SetCallback = void (*)(void (*)());
  const auto set = reinterpret_cast<SetCallback>(::dlsym(RTLD_DEFAULT, "__sanitizer_set_death_callback"));
  if (set != nullptr) {
    set(on_sanitizer_death);
  }
}

void on_stack_wanted(int /*signal*/, siginfo_t* /*details*/, void* machine_context) {
  const int saved_errno = errno;
  const pyharness_context* context = pyharness_context::of_this_thread();
  if (context != nullptr && is_this_host()) {
    StackRecord& stack = run_table->slot(context->slot()).stack;
    const std::size_t count = os::walk_stack(machine_context, stack.frames, most_frames);
    stack.frame_count.store(static_cast<std::uint32_t>(count), std::memory_order_release);
  }
  errno = saved_errno;
}

void on_orphaned(int /*signal*/, siginfo_t* /*details*/, void* /*machine_context*/) { ::kill(0, SIGKILL); }

void on_exit_called(int code, void* /*unused*/) { note_exit(CrashKind::exit, code); }
void on_quick_exit() { note_exit(CrashKind::quick_exit, 0); }  // it does not tell its code
void on_fork_in_child() { host_process.store(-1); }

}  // namespace

void die_with_supervisor() {
  os::handle_signal(orphaned_signal, on_orphaned);
  ::prctl(PR_SET_PDEATHSIG, orphaned_signal);
}

void install(RunTable& table, int wakeup) {
  run_table = &table;
  wakeup_descriptor = wakeup;
  host_process.store(::getpid());
  os::prepare_stack_walk();
  os::prepare_abort_reason();
  os::handle_fatal_signals(on_fatal_signal);
  os::handle_signal(stack_signal, on_stack_wanted);
  watch_sanitizer();
  // Registered after the suites are loaded, so that it runs before the exit handlers of their constructors.
  ::on_exit(on_exit_called, nullptr);
  ::at_quick_exit(on_quick_exit);
  ::pthread_atfork(nullptr, nullptr, on_fork_in_child);
}

// The sanitizer itself looks once only, when the process ends, and by then nobody knows whose leak it is.
void die_of_leaks() {
  using LookForLeaks = int (*)();
  static const auto look =
      ::getenv("PYHARNESS_LOOK_FOR_LEAKS") == nullptr
          ? nullptr
          : reinterpret_cast<LookForLeaks>(::dlsym(RTLD_DEFAULT, "__lsan_do_recoverable_leak_check"));
  if (look != nullptr && look() != 0) {
    on_sanitizer_death();
    ::_exit(leak_exit_code);
  }
}

void take_over() { host_process.store(::getpid()); }

void note_end(std::uint32_t slot, CrashKind kind, int signal, int exit_code) {
  CrashRecord& crash = run_table->slot(slot).crash;
  if (crash.kind.load() == CrashKind::none) {
    crash.signal = signal;
    crash.exit_code = exit_code;
    announce(crash, slot, kind);
  }
}

void leave() { leaving.store(true); }

bool in_forked_child() { return host_process.load(std::memory_order_relaxed) == -1; }

}  // namespace pyharness::crash_guard
