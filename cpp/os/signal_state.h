// How signals are treated: the handlers of the process, the mask of a thread. Each class is a snapshot; `restore` puts
// back what has changed and says what it was, or nothing.
// Thread-safety: one thread at a time per object; SignalMask belongs to the thread that makes it.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace pyharness::os {

// "SIGTERM", "SIGRTMIN+2".
std::string signal_name(int signal);

class SignalHandlers {
 public:
  SignalHandlers();
  std::string restore();

 private:
  std::vector<struct sigaction> actions_;  // by signal number
};

class SignalMask {
 public:
  SignalMask();
  // Throws away what waits behind signals that were blocked since: delivered now, it would hit the next case.
  std::string restore();

 private:
  sigset_t mask_{};
};

}  // namespace pyharness::os
