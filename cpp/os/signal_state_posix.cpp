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

bool same(const struct sigaction& one, const struct sigaction& other) {
  // What signal(2) sets along with SIG_DFL or SIG_IGN has no effect there, nor has SA_RESTORER anywhere.
  constexpr int without_handler = SA_NOCLDSTOP | SA_NOCLDWAIT;
  constexpr int with_handler =
      without_handler | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | static_cast<int>(SA_RESETHAND);
  const bool function = is_function(one);
  return one.sa_handler == other.sa_handler &&
         ((one.sa_flags ^ other.sa_flags) & (function ? with_handler : without_handler)) == 0 &&
         (!function || bits(one.sa_mask) == bits(other.sa_mask));
}

// The members of `set` that `unless` lacks.
std::vector<std::string> names_of(const sigset_t& set, const sigset_t& unless) {
  std::vector<std::string> names;
  for (int signal = 1; signal < signal_count; ++signal) {
    if (::sigismember(&set, signal) == 1 && ::sigismember(&unless, signal) != 1) {
      names.push_back(signal_name(signal));
    }
  }
  return names;
}

// Takes away what is pending of the signals that `mask` blocks and `before` does not.
std::vector<std::string> drain(const sigset_t& mask, const sigset_t& before) {
  constexpr int most = 4096;  // somebody may be sending without end
  sigset_t newly_blocked{};
  ::sigemptyset(&newly_blocked);
  for (int signal = 1; signal < signal_count; ++signal) {
    if (::sigismember(&mask, signal) == 1 && ::sigismember(&before, signal) != 1) {
      ::sigaddset(&newly_blocked, signal);
    }
  }
  sigset_t taken{};
  ::sigemptyset(&taken);
  const timespec at_once{};
  for (int count = 0, signal = 0; count < most && (signal = ::sigtimedwait(&newly_blocked, nullptr, &at_once)) > 0;
       ++count) {
    ::sigaddset(&taken, signal);
  }
  return names_of(taken, before);
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
  std::string blocked = clause("blocked ", names_of(now, mask_));
  const std::string pending = blocked.empty() ? "" : listed(drain(now, mask_));
  blocked += pending.empty() ? "" : " and left " + pending + " pending";
  ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  const std::string unblocked = clause("unblocked ", names_of(mask_, now));
  return blocked + (blocked.empty() || unblocked.empty() ? "" : "; ") + unblocked;
}

}  // namespace pyharness::os
