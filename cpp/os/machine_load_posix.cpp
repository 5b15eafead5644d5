#include <unistd.h>

#include <fstream>
#include <string>

#include "os/machine_load.h"

namespace pyharness::os {

std::uint32_t runnable_threads() {
  // "0.20 0.18 0.12 3/250 4711": proc(5); the fourth field counts what can be scheduled now.
  std::ifstream file("/proc/loadavg");
  std::string averages[3];
  std::uint32_t runnable = 0;
  file >> averages[0] >> averages[1] >> averages[2] >> runnable;
  return runnable > 0 ? runnable - 1 : 0;
}

std::uint64_t resident_bytes(pid_t process) {
  // "size resident shared …", in pages: proc(5).
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace pyharness::os
