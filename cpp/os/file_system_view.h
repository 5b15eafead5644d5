// From where a thread sees the file system: working directory, root, umask; shared by the threads of a process until
// one asks for a view of its own. Each class is a snapshot of one thing; `restore` puts it back if it has changed, and
// says what was changed, or nothing. What cannot be put back is the new base.
// Thread-safety: each call concerns the view of the calling thread; one thread at a time per object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "os/file_descriptor.h"

namespace pyharness::os {

// Who shares a view.
enum class ViewScope : std::uint8_t { thread, process };

// From here on, a change of directory, root or umask by this thread, or one that it starts, is not seen by others.
// False when the kernel refuses (a container profile).
bool unshare_file_system_view();

class WorkingDirectory {
 public:
  WorkingDirectory();
  std::string restore();

 private:
  bool is_current() const;
  bool go_back() const;

  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  FileDescriptor folder_;  // leads back when the directory was renamed; a case may have closed or replaced it
};

class FileModeMask {
 public:
  // Sets it for a moment: no other thread that shares the view may make files meanwhile.
  FileModeMask();
  std::string restore();

 private:
  mode_t mask_;
};

struct FileSystemView {
  WorkingDirectory working_directory;
  FileModeMask umask;
};

}  // namespace pyharness::os
