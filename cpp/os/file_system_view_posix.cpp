#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <climits>
#include <cstdio>

#include "os/file_system_view.h"
#include "os/state_change.h"

namespace pyharness::os {

namespace {

// Where a case that counts descriptors from below does not meet it.
constexpr int lowest_folder_descriptor = 90;

FileDescriptor open_current_directory() {
  // By system calls alone, see proc_files.h.
  const long folder = ::syscall(SYS_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const long moved = ::syscall(SYS_fcntl, folder, F_DUPFD_CLOEXEC, lowest_folder_descriptor);
  ::syscall(SYS_close, folder);
  return FileDescriptor(static_cast<int>(moved));
}

std::string current_path() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) == nullptr ? "" : path;
}

std::string quoted(const std::string& path) { return path.empty() ? "a directory that was removed" : "'" + path + "'"; }

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode));
  return text;
}

}  // namespace

bool unshare_file_system_view() { return ::unshare(CLONE_FS) == 0; }

WorkingDirectory::WorkingDirectory() : path_(current_path()), folder_(open_current_directory()) {
  struct stat now{};
  ::fstatat(AT_FDCWD, "", &now, AT_EMPTY_PATH);
  device_ = now.st_dev;
  inode_ = now.st_ino;
}

bool WorkingDirectory::is_current() const {
  struct stat now{};
  return ::fstatat(AT_FDCWD, "", &now, AT_EMPTY_PATH) == 0 && now.st_ino == inode_ && now.st_dev == device_;
}

bool WorkingDirectory::go_back() const {
  return (::fchdir(folder_.number()) == 0 && is_current()) || (::chdir(path_.c_str()) == 0 && is_current());
}

std::string WorkingDirectory::restore() {
  if (is_current()) {
    return {};
  }
  std::string text = "changed the working directory from " + quoted(path_) + " to " + quoted(current_path());
  if (!go_back()) {
    *this = WorkingDirectory();
    text += not_restorable;
  }
  return text;
}

FileModeMask::FileModeMask() : mask_(::umask(S_IRWXG | S_IRWXO)) { ::umask(mask_); }

std::string FileModeMask::restore() {
  // Setting what ought to be there compares and restores at once: no moment with another mask.
  const mode_t found = ::umask(mask_);
  return found == mask_ ? std::string() : "changed the umask from " + octal(mask_) + " to " + octal(found);
}

}  // namespace pyharness::os
