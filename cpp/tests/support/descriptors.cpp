#include "support/descriptors.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace pyharness::test {

std::set<std::string> open_descriptors() {
  std::set<std::string> found;
  DIR* folder = ::opendir("/proc/thread-self/fd");
  while (const dirent* entry = ::readdir(folder)) {
    char target[256];
    const std::string path = std::string("/proc/thread-self/fd/") + entry->d_name;
    const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
    if (length > 0 && std::atoi(entry->d_name) != ::dirfd(folder)) {
      found.insert(std::string(entry->d_name) + " " + std::string(target, static_cast<std::size_t>(length)));
    }
  }
  ::closedir(folder);
  return found;
}

std::size_t child_count() {
  std::ifstream list("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  std::size_t count = 0;
  for (std::string child; list >> child;) {
    ++count;
  }
  return count;
}

}  // namespace pyharness::test
