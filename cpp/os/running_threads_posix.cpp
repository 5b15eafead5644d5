#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "os/running_threads.h"

namespace pyharness::os {

namespace {

constexpr const char* threads_folder = "/proc/self/task";
constexpr nlink_t links_of_empty_folder = 2;

std::string folder_of(pid_t thread) {
  std::string folder = threads_folder;
  return folder.append("/").append(std::to_string(thread));
}

}  // namespace

pid_t this_thread() { return static_cast<pid_t>(::syscall(SYS_gettid)); }

std::size_t thread_count() {
  struct stat folder{};
  return ::stat(threads_folder, &folder) == 0 && folder.st_nlink > links_of_empty_folder
             ? folder.st_nlink - links_of_empty_folder
             : 0;
}

std::vector<pid_t> thread_ids() {
  std::vector<pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(threads_folder, error), end; entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    found.push_back(thread);
  }
  return found;
}

std::string thread_name(pid_t thread) {
  std::ifstream file(folder_of(thread) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

bool thread_writes_to(pid_t thread, int descriptor, ino_t file) {
  struct stat target{};
  return ::stat((folder_of(thread) + "/fd/" + std::to_string(descriptor)).c_str(), &target) == 0 &&
         target.st_ino == file;
}

}  // namespace pyharness::os
