#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "os/descendants.h"

namespace pyharness::os {

namespace {

constexpr int most_generations = 64;  // each round of killing may orphan another generation

pid_t parent_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(status, text);
  // "pid (name) state ppid …"; the name may hold anything, also parentheses.
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 4 >= text.size()
             ? -1
             : static_cast<pid_t>(std::strtol(text.c_str() + name_end + 4, nullptr, 10));
}

std::vector<pid_t> children() {
  std::vector<pid_t> found;
  const pid_t self = ::getpid();
  DIR* processes = ::opendir("/proc");
  if (processes == nullptr) {
    return found;
  }
  while (const dirent* entry = ::readdir(processes)) {
    const auto process = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (process > 0 && parent_of(process) == self) {
      found.push_back(process);
    }
  }
  ::closedir(processes);
  return found;
}

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

}  // namespace pyharness::os
