// A child process in a process group of its own. Owns it: kills the group and reaps the child when destroyed.
// Thread-safety: one thread at a time. Only `wait` blocks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/file_descriptor.h"

namespace pyharness::os {

// How a process ended.
struct ExitStatus {
  bool signalled = false;
  int number = 0;  // the signal, or the exit code

  bool operator==(const ExitStatus&) const = default;
};

// "was killed by signal 9 (Killed)", "ended with exit code 3".
std::string describe(const ExitStatus& status);

struct SpawnOptions {
  std::vector<std::string> arguments;                        // the first is the program's path
  std::vector<int> inherited;                                // descriptors that stay open, under their numbers
  int output = -1;                                           // becomes 1 and 2; -1: those of this process
  std::optional<std::vector<std::string>> environment = {};  // "NAME=value"; nothing: that of this process
  std::string folder = {};                                   // where it runs; empty: where this process runs
};

class Subprocess {
 public:
  Subprocess() = default;
  // Starts it with standard input from /dev/null. Throws std::system_error.
  explicit Subprocess(const SpawnOptions& options);
  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&& other) noexcept;
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  ~Subprocess();

  pid_t id() const { return pid_; }
  // Becomes readable when the process has ended.
  int descriptor() const { return pidfd_.number(); }
  // Whether it is known to have ended, as `wait` has found.
  bool ended() const { return status_.has_value(); }
  const std::optional<ExitStatus>& status() const { return status_; }
  // Signals the whole group; nothing happens once the child has been reaped.
  void signal_group(int signal) const;
  // The signal that has stopped it, while it stands still.
  std::optional<int> stopped() const;
  // The status once it has ended; waits at most `limit_ms`.
  std::optional<ExitStatus> wait(std::uint32_t limit_ms);

 private:
  pid_t pid_ = 0;
  FileDescriptor pidfd_;
  std::optional<ExitStatus> status_;
};

}  // namespace pyharness::os
