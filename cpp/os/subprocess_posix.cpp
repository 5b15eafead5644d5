#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstring>
#include <utility>

#include "os/clock.h"
#include "os/error.h"
#include "os/subprocess.h"

namespace pyharness::os {

namespace {

// The two argument objects of posix_spawn, destroyed with the scope.
struct SpawnRequest {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  SpawnRequest() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnRequest(const SpawnRequest&) = delete;
  SpawnRequest& operator=(const SpawnRequest&) = delete;
  ~SpawnRequest() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
};

void describe_files(SpawnRequest& request, const SpawnOptions& options) {
  ::posix_spawn_file_actions_addopen(&request.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (options.output >= 0) {
    ::posix_spawn_file_actions_adddup2(&request.files, options.output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&request.files, options.output, STDERR_FILENO);
  }
  if (!options.folder.empty()) {
    ::posix_spawn_file_actions_addchdir_np(&request.files, options.folder.c_str());
  }
  for (const int descriptor : options.inherited) {
    // Onto itself: takes away close-on-exec in the child only.
    ::posix_spawn_file_actions_adddup2(&request.files, descriptor, descriptor);
  }
}

void describe_process(SpawnRequest& request) {
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setflags(&request.attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setpgroup(&request.attributes, 0);
  ::posix_spawnattr_setsigmask(&request.attributes, &none);
  ::posix_spawnattr_setsigdefault(&request.attributes, &all);
}

// For functions that take `char* const[]` and change nothing.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// What would point into texts that are gone.
std::vector<char*> pointers_to(const std::vector<std::string>&& texts) = delete;

}  // namespace

std::string describe(const ExitStatus& status) {
  return status.signalled
             ? "was killed by signal " + std::to_string(status.number) + " (" + ::strsignal(status.number) + ")"
             : "ended with exit code " + std::to_string(status.number);
}

Subprocess::Subprocess(const SpawnOptions& options) {
  SpawnRequest request;
  describe_files(request, options);
  describe_process(request);
  const std::vector<char*> arguments = pointers_to(options.arguments);
  const std::vector<char*> own_environment =
      options.environment ? pointers_to(*options.environment) : std::vector<char*>();
  const int error = ::posix_spawnp(&pid_, arguments[0], &request.files, &request.attributes, arguments.data(),
                                   options.environment ? own_environment.data() : environ);
  if (error != 0) {
    pid_ = 0;
    throw std::system_error(error, std::generic_category(), "cannot start '" + options.arguments[0] + "'");
  }
  pidfd_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    const int saved = errno;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
    errno = saved;
    throw_errno("pidfd_open");
  }
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)), status_(std::exchange(other.status_, {})) {}

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(status_, other.status_);
  return *this;
}

Subprocess::~Subprocess() {
  if (pid_ != 0 && !status_) {
    signal_group(SIGKILL);
    wait(1000);  // SIGKILL: gone at once, but for a task in uninterruptible sleep
  }
}

void Subprocess::signal_group(int signal) const {
  if (pid_ != 0 && !status_) {
    ::kill(-pid_, signal);
  }
}

std::optional<int> Subprocess::stopped() const {
  siginfo_t info{};
  if (pid_ == 0 || status_ || ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  return info.si_status;
}

std::optional<ExitStatus> Subprocess::wait(std::uint32_t limit_ms) {
  if (pid_ == 0 || status_) {
    return status_;
  }
  const std::uint64_t deadline = monotonic_ns() + std::uint64_t{limit_ms} * 1'000'000U;
  pollfd waiting{pidfd_.number(), POLLIN, 0};
  while (::poll(&waiting, 1, milliseconds_until(deadline)) <= 0) {
    if (monotonic_ns() >= deadline) {
      return std::nullopt;  // not for a signal that was handled meanwhile
    }
  }
  // What the child leaves behind in its group goes with it; its number is ours until it is reaped.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) {
    status_ = ExitStatus{true, SIGKILL};  // someone else has reaped it; its end is certain, the manner is not known
  } else if (WIFSIGNALED(status)) {
    status_ = ExitStatus{true, WTERMSIG(status)};
  } else {
    status_ = ExitStatus{false, WEXITSTATUS(status)};
  }
  return status_;
}

}  // namespace pyharness::os
