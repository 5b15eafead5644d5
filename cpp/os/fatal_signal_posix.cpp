#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>

#include "os/fatal_signal.h"

namespace pyharness::os {

namespace {

constexpr std::size_t alternate_stack_bytes = std::size_t{128} << 10U;

// What glibc leaves for debuggers before it aborts: the size, and behind it the text (abort_msg_s in its
// include/stdlib.h).
unsigned int** abort_message = nullptr;  // set once, before the handlers

struct Walk {
  std::uint64_t* frames;
  std::size_t most;
  std::size_t count;
};

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void* argument) {
  auto* walk = static_cast<Walk*>(argument);
  if (walk->count == walk->most) {
    return _URC_END_OF_STACK;
  }
  walk->frames[walk->count++] = static_cast<std::uint64_t>(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

std::uint64_t interrupted_at(void* machine_context) {
  const auto* context = static_cast<ucontext_t*>(machine_context);
#if defined(__x86_64__)
  return static_cast<std::uint64_t>(context->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return context->uc_mcontext.pc;
#else
#error "pyharness runs on x86-64 and aarch64"
#endif
}

std::size_t read_file(const char* path, char* text, std::size_t most) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(file, text + filled, most - filled);
    if (got <= 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  ::close(file);
  return filled;
}

}  // namespace

AlternateStack::AlternateStack() {
  void* memory = ::mmap(nullptr, alternate_stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) {
    memory_ = memory;
    const stack_t stack{.ss_sp = memory, .ss_flags = 0, .ss_size = alternate_stack_bytes};
    ::sigaltstack(&stack, nullptr);
  }
}

AlternateStack::~AlternateStack() {
  if (memory_ != nullptr) {
    const stack_t off{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    ::sigaltstack(&off, nullptr);
    ::munmap(memory_, alternate_stack_bytes);
  }
}

void handle_fatal_signals(FatalHandler handler) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    ::sigaction(signal, &action, nullptr);
  }
}

void handle_signal(int signal, FatalHandler handler) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

void prepare_stack_walk() {
  std::uint64_t frame = 0;
  Walk walk{&frame, 1, 0};
  _Unwind_Backtrace(note_frame, &walk);
}

void prepare_abort_reason() {
  abort_message = static_cast<unsigned int**>(::dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE"));
}

// The words of malloc.c: "free(): invalid pointer", "corrupted size vs. prev_size", "double free or corruption (out)".
// Those of a failed assertion and of a smashed stack hold neither.
bool found_the_heap_broken() {
  if (abort_message == nullptr || *abort_message == nullptr) {
    return false;
  }
  const std::string_view text = reinterpret_cast<const char*>(*abort_message + 1);
  return text.find("(): ") != std::string_view::npos || text.find("corrupt") != std::string_view::npos;
}

std::size_t walk_stack(void* machine_context, std::uint64_t* frames, std::size_t most) {
  const std::uint64_t fault = interrupted_at(machine_context);
  constexpr std::size_t handler_frames = 16;  // more than the handler itself can be deep
  std::uint64_t raw[128];
  Walk walk{raw, std::min(most + handler_frames, std::size(raw)), 0};
  _Unwind_Backtrace(note_frame, &walk);
  const std::uint64_t* end = std::find(raw, raw + walk.count, std::uint64_t{0});  // below a thread's first function
  const std::uint64_t* begin = std::find(static_cast<const std::uint64_t*>(raw), end, fault);
  frames[0] = fault;
  std::size_t count = 1;
  for (const std::uint64_t* frame = begin == end ? end : begin + 1; frame != end && count < most; ++frame) {
    frames[count++] = *frame;
  }
  return count;
}

std::uint64_t stack_pointer(void* machine_context) {
  const auto* context = static_cast<ucontext_t*>(machine_context);
#if defined(__x86_64__)
  return static_cast<std::uint64_t>(context->uc_mcontext.gregs[REG_RSP]);
#else
  return context->uc_mcontext.sp;
#endif
}

std::uint64_t thread_started_ns() {
  char text[1024];
  const std::size_t size = read_file("/proc/thread-self/stat", text, sizeof text - 1);
  text[size] = '\0';
  // "tid (name) state …": the name may hold anything, so counting begins behind it. The start is field 22 of proc(5),
  // in ticks of USER_HZ, which is 100 on every architecture that this runs on.
  const char* at = std::strrchr(text, ')');
  for (int field = 2; at != nullptr && field < 22; ++field) {
    at = std::strchr(at + 1, ' ');
  }
  return at == nullptr ? 0 : std::strtoull(at + 1, nullptr, 10) * 10'000'000U;
}

std::size_t read_memory_map(char* text, std::size_t most) { return read_file("/proc/thread-self/maps", text, most); }

std::string memory_map_of(pid_t process) {
  std::string text(std::size_t{256} << 10U, '\0');
  text.resize(read_file(("/proc/" + std::to_string(process) + "/maps").c_str(), text.data(), text.size()));
  return text;
}

bool signal_thread(pid_t process, pid_t thread, int signal) {
  return process > 0 && thread > 0 && ::syscall(SYS_tgkill, process, thread, signal) == 0;
}

void die_of_on_return(int signal) {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  // Blocked while the handler runs, so it arrives after; a faulting instruction would be hit again anyway.
  ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), signal);
}

}  // namespace pyharness::os
