#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "os/clock.h"
#include "os/descendants.h"
#include "os/proc_files.h"

namespace pyharness::os {

namespace {

constexpr int most_generations = 64;  // each round of killing may orphan another generation

pid_t parent_of(pid_t process) {
  const std::string text = read_proc_file("/proc/" + std::to_string(process) + "/stat");
  // "pid (name) state ppid …"; the name may hold anything, also parentheses.
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 4 >= text.size()
             ? -1
             : static_cast<pid_t>(std::strtol(text.c_str() + name_end + 4, nullptr, 10));
}

std::vector<pid_t> children() {
  std::vector<pid_t> processes = numbers_in_proc("/proc");
  std::erase_if(processes, [self = ::getpid()](pid_t process) { return parent_of(process) != self; });
  return processes;
}

// A look that leaves the child as it is. __WALL: also those that clone(2) has made without SIGCHLD.
enum class Look : std::uint8_t { no_child, running, ended };

Look look_at(idtype_t which, pid_t child, int more_options = 0) {
  siginfo_t status{};
  if (::waitid(which, static_cast<id_t>(child), &status, WEXITED | WNOHANG | WNOWAIT | __WALL | more_options) != 0) {
    return Look::no_child;
  }
  return status.si_pid == 0 ? Look::running : Look::ended;
}

bool kernel_lists_children() { return ::access("/proc/thread-self/children", F_OK) == 0; }

std::vector<pid_t> listed_children(pid_t thread) {
  std::istringstream list(read_proc_file("/proc/self/task/" + std::to_string(thread) + "/children"));
  std::vector<pid_t> found;
  for (pid_t child = 0; list >> child;) {
    found.push_back(child);
  }
  return found;
}

bool leads_to(pid_t process, int descriptor, ino_t file) {
  struct stat target{};
  const std::string path = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(descriptor);
  return ::stat(path.c_str(), &target) == 0 && target.st_ino == file;
}

// Whether the child is gone, now or by another's wait.
bool reap(pid_t child) { return ::waitpid(child, nullptr, WNOHANG | __WALL) != 0; }

}  // namespace

bool adopt_orphans() { return children().empty() && ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0; }

std::size_t kill_adopted() {
  std::size_t killed = 0;
  for (int generation = 0; generation < most_generations; ++generation) {
    const std::vector<pid_t> orphans = children();
    if (orphans.empty()) {
      break;
    }
    for (const pid_t orphan : orphans) {
      ::kill(orphan, SIGKILL);
      killed += ::waitpid(orphan, nullptr, 0) == orphan ? 1 : 0;
    }
  }
  return killed;
}

bool has_children() { return look_at(P_ALL, 0) != Look::no_child; }

bool this_thread_has_children() { return look_at(P_ALL, 0, __WNOTHREAD) != Look::no_child; }

std::vector<pid_t> children_of_thread(pid_t thread) {
  if (kernel_lists_children()) {
    return listed_children(thread);
  }
  std::vector<pid_t> found = children();
  const bool of_this_thread = thread == static_cast<pid_t>(::syscall(SYS_gettid));
  std::erase_if(found,
                [&](pid_t child) { return (look_at(P_PID, child, __WNOTHREAD) != Look::no_child) != of_this_thread; });
  return found;
}

bool is_child_of(pid_t process, pid_t parent) { return process > 0 && parent_of(process) == parent; }

bool has_ended(pid_t child) { return look_at(P_PID, child) == Look::ended; }

bool writes_to(pid_t process, ino_t file) {
  return leads_to(process, STDOUT_FILENO, file) || leads_to(process, STDERR_FILENO, file);
}

std::string process_name(pid_t process) {
  const std::string name = read_proc_file("/proc/" + std::to_string(process) + "/comm");
  return name.substr(0, name.find('\n'));
}

std::size_t kill_and_reap(const std::vector<pid_t>& processes, std::uint32_t limit_ms) {
  std::vector<pid_t> waiting = processes;
  std::erase_if(waiting, [](pid_t process) { return look_at(P_PID, process) == Look::no_child; });
  const std::size_t killed = waiting.size();
  for (const pid_t child : waiting) {
    ::kill(child, SIGKILL);
  }
  // By polling: a case may have left no descriptor free for a pidfd, and SIGCHLD may be anybody's.
  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{limit_ms} * 1'000'000U;
  for (std::erase_if(waiting, reap); !waiting.empty() && monotonic_ns() < deadline_ns; std::erase_if(waiting, reap)) {
    const timespec pause{0, 200'000};
    ::nanosleep(&pause, nullptr);
  }
  return killed - waiting.size();
}

}  // namespace pyharness::os
