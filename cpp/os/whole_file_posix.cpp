#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "os/file_descriptor.h"
#include "os/whole_file.h"

namespace pyharness::os {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& temporary) {
  const int error = errno;
  ::unlink(temporary.c_str());
  throw std::system_error(error, std::generic_category(), "cannot write '" + path + "'");
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void write_whole_file(const std::string& path, std::string_view content) {
  const std::string temporary = path + "." + std::to_string(::getpid());
  const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.number() < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot write '" + path + "'");
  }
  if (!write_all(file.number(), content) || std::rename(temporary.c_str(), path.c_str()) != 0) {
    fail(path, temporary);
  }
}

}  // namespace pyharness::os
