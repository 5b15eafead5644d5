// A child process forked from the calling thread, without exec: it starts with everything this process has in memory.
// Thread-safety: one thread, which must live as long as the child (the child dies with it). Ownership: the child is
// killed and reaped when the object is destroyed. `wait` blocks without a limit of its own: whoever watches this
// process must end it (or the child) when that takes too long.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "os/subprocess.h"

namespace pyharness::os {

// From here on this process ignores the signals that are sent to its group for the sake of its children: those that end
// a process by default, and of which nothing else was said. Children take them as they come.
void leave_signals_to_children();

class ForkedProcess {
 public:
  // Runs `body` in the child, which then leaves with exit code 0, without exit handlers and destructors.
  // Throws std::system_error when there can be no child.
  explicit ForkedProcess(const std::function<void()>& body);
  ForkedProcess(const ForkedProcess&) = delete;
  ForkedProcess& operator=(const ForkedProcess&) = delete;
  ~ForkedProcess();

  pid_t id() const { return pid_; }
  struct End {
    ExitStatus status;
    bool stopped = false;  // by the signal in `status`; it has been killed then
  };
  // `suspensions`: counts the beginnings and ends of times in which children are stopped for another reason, and soon
  // continued; odd: such a time. A stop in it is waited out.
  using Count = std::function<std::uint32_t()>;
  End wait(const Count& suspensions = [] { return 0U; });

 private:
  bool stands_still(const Count& suspensions) const;

  pid_t pid_ = 0;
};

}  // namespace pyharness::os
