// A file of its own for one case, in the system's folder for temporary files, removed with the object.
// Thread-safety: objects share nothing; the name is unique, also between processes.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

class TemporaryFile {
 public:
  TemporaryFile() : path_((std::filesystem::temp_directory_path() / "example-XXXXXX").string()) {
    const int descriptor = mkstemp(path_.data());
    if (descriptor < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot create the temporary file '" + path_ + "'");
    }
    close(descriptor);
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  const char* c_str() const { return path_.c_str(); }

 private:
  std::string path_;
};
