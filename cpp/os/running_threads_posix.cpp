#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/proc_files.h"
#include "os/running_threads.h"

namespace pyharness::os {

namespace {

constexpr const char* threads_folder = "/proc/self/task";
constexpr nlink_t links_of_empty_folder = 2;

std::string folder_of(pid_t thread) {
  std::string folder = threads_folder;
  return folder.append("/").append(std::to_string(thread));
}

// The file that a descriptor of the thread leads to; 0: none.
ino_t file_of(pid_t thread, int descriptor) {
  struct stat target{};
  return ::stat((folder_of(thread) + "/fd/" + std::to_string(descriptor)).c_str(), &target) == 0 ? target.st_ino : 0;
}

}  // namespace

pid_t this_thread() { return static_cast<pid_t>(::syscall(SYS_gettid)); }

std::size_t thread_count() {
  struct stat folder{};
  return ::stat(threads_folder, &folder) == 0 && folder.st_nlink > links_of_empty_folder
             ? folder.st_nlink - links_of_empty_folder
             : 0;
}

std::vector<pid_t> thread_ids() { return numbers_in_proc(threads_folder); }

std::string thread_name(pid_t thread) {
  const std::string name = read_proc_file(folder_of(thread) + "/comm");
  return name.substr(0, name.find('\n'));
}

bool thread_writes_to(pid_t thread, int descriptor, ino_t file) {
  return file != 0 && file_of(thread, descriptor) == file;
}

bool thread_tells_apart(pid_t thread, int descriptor, int marker) {
  const ino_t marked = file_of(thread, marker);
  return marked != 0 && file_of(thread, descriptor) != marked;
}

}  // namespace pyharness::os
