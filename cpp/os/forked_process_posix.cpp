#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "os/error.h"
#include "os/forked_process.h"

namespace pyharness::os {

namespace {

// Written once, before the first child.
std::vector<int> left_to_children;

}  // namespace

void leave_signals_to_children() {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF}) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
      ::signal(number, SIG_IGN);
      left_to_children.push_back(number);
    }
  }
}

ForkedProcess::ForkedProcess(const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    throw_errno("cannot fork a process for the case");
  }
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int number : left_to_children) {
      ::signal(number, SIG_DFL);
    }
    if (::getppid() == parent) {  // else it died before the line above
      body();
    }
    ::_exit(0);
  }
}

ForkedProcess::~ForkedProcess() {
  if (pid_ != 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
}

ForkedProcess::End ForkedProcess::wait(const Count& suspensions) {
  constexpr int look_again_ms = 20;
  siginfo_t info{};
  for (;;) {
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED | WNOWAIT) == 0) {
      if (info.si_code != CLD_STOPPED || stands_still(suspensions)) {
        break;
      }
      ::poll(nullptr, 0, look_again_ms);
    } else if (errno != EINTR) {
      pid_ = 0;
      return {{true, SIGKILL}};  // reaped by someone else: its end is certain, the manner is not known
    }
  }
  const End end{{info.si_code != CLD_EXITED, info.si_status}, info.si_code == CLD_STOPPED};
  if (end.stopped) {
    ::kill(pid_, SIGKILL);
  }
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
  return end;
}

// Seen to stand still, while nothing was suspended from before the look until after it.
bool ForkedProcess::stands_still(const Count& suspensions) const {
  const std::uint32_t before = suspensions();
  siginfo_t info{};
  const int looked = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG | WNOWAIT);
  return before % 2 == 0 && looked == 0 && info.si_pid == pid_ && suspensions() == before;
}

}  // namespace pyharness::os
