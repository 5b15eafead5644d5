#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/error.h"
#include "os/forked_process.h"

namespace pyharness::os {

ForkedProcess::ForkedProcess(const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    throw_errno("cannot fork a process for the case");
  }
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGTERM, SIG_DFL);
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

ForkedProcess::End ForkedProcess::wait() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED) != 0) {
    if (errno != EINTR) {
      pid_ = 0;
      return {{true, SIGKILL}};  // reaped by someone else: its end is certain, the manner is not known
    }
  }
  End end{{info.si_code != CLD_EXITED, info.si_status}};
  if (info.si_code == CLD_STOPPED) {
    end.stopped = true;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = 0;
  return end;
}

}  // namespace pyharness::os
