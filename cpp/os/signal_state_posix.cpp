#include <array>
#include <cstdint>
#include <cstring>

#include "os/signal_state.h"
#include "os/state_change.h"

namespace pyharness::os {

namespace {

constexpr int signal_count = 65;  // and 0, which is none

constexpr std::array<const char*, 32> standard_names{
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

// The kernel's part of the set; the C library leaves the rest as it was.
std::uint64_t bits(const sigset_t& set) {
  std::uint64_t word = 0;
  std::memcpy(&word, &set, sizeof word);
  return word;
}

bool is_function(const struct sigaction& action) {
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

// The flags that have an effect: of those that signal(2) sets along with SIG_DFL or SIG_IGN most have none.
unsigned effective_flags(const struct sigaction& action) {
  constexpr unsigned without_function = unsigned{SA_NOCLDSTOP} | unsigned{SA_NOCLDWAIT};
  constexpr unsigned with_function = without_function | unsigned{SA_SIGINFO} | unsigned{SA_ONSTACK} |
                                     unsigned{SA_RESTART} | unsigned{SA_NODEFER} | SA_RESETHAND;
  return static_cast<unsigned>(action.sa_flags) & (is_function(action) ? with_function : without_function);
}

bool same(const struct sigaction& one, const struct sigaction& other) {
  return one.sa_handler == other.sa_handler && effective_flags(one) == effective_flags(other) &&
         (!is_function(one) || bits(one.sa_mask) == bits(other.sa_mask));
}

// The members of `set` that `unless` lacks.
sigset_t without(const sigset_t& set, const sigset_t& unless) {
  sigset_t rest{};
  for (int signal = 1; signal < signal_count; ++signal) {
    if (::sigismember(&set, signal) == 1 && ::sigismember(&unless, signal) != 1) {
      ::sigaddset(&rest, signal);
    }
  }
  return rest;
}

std::vector<std::string> names_of(const sigset_t& set) {
  std::vector<std::string> names;
  for (int signal = 1; signal < signal_count; ++signal) {
    if (::sigismember(&set, signal) == 1) {
      names.push_back(signal_name(signal));
    }
  }
  return names;
}

// Takes away what is pending of these blocked signals, and says which that were.
sigset_t drain(const sigset_t& blocked) {
  constexpr int most = 4096;  // somebody may be sending without end
  sigset_t taken{};
  const timespec at_once{};
  int signal = 0;
  for (int count = 0; count < most && (signal = ::sigtimedwait(&blocked, nullptr, &at_once)) > 0; ++count) {
    ::sigaddset(&taken, signal);
  }
  return taken;
}

std::string clause(const char* verb, const std::vector<std::string>& names) {
  return names.empty() ? std::string() : verb + listed(names);
}

}  // namespace

std::string signal_name(int signal) {
  if (signal > 0 && signal < static_cast<int>(standard_names.size())) {
    return standard_names[static_cast<std::size_t>(signal)];
  }
  return signal < SIGRTMIN ? "signal " + std::to_string(signal) : "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
}

SignalHandlers::SignalHandlers() : actions_(signal_count) {
  for (int signal = 1; signal < signal_count; ++signal) {
    ::sigaction(signal, nullptr, &actions_[static_cast<std::size_t>(signal)]);
  }
}

std::string SignalHandlers::restore() {
  std::vector<std::string> changed;
  for (int signal = 1; signal < signal_count; ++signal) {
    const struct sigaction& before = actions_[static_cast<std::size_t>(signal)];
    struct sigaction now{};
    // Fails for those that the C library keeps for itself.
    if (::sigaction(signal, nullptr, &now) == 0 && !same(before, now)) {
      ::sigaction(signal, &before, nullptr);
      changed.push_back(signal_name(signal));
    }
  }
  return clause("changed the handler of ", changed);
}

SignalMask::SignalMask() { ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_); }

std::string SignalMask::restore() {
  sigset_t now{};
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
  if (bits(now) == bits(mask_)) {
    return {};
  }
  const sigset_t newly_blocked = without(now, mask_);
  std::string blocked = clause("blocked ", names_of(newly_blocked));
  const std::string pending = blocked.empty() ? "" : listed(names_of(drain(newly_blocked)));
  ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  blocked += pending.empty() ? "" : " and left " + pending + " pending";
  const std::string unblocked = clause("unblocked ", names_of(without(mask_, now)));
  return blocked + (blocked.empty() || unblocked.empty() ? "" : "; ") + unblocked;
}

}  // namespace pyharness::os
