#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "os/proc_files.h"

namespace pyharness::os {

namespace {

// An open file or folder of /proc.
class ProcEntry {
 public:
  ProcEntry(const std::string& path, int flags)
      : descriptor_(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC | flags)) {}
  ProcEntry(const ProcEntry&) = delete;
  ProcEntry& operator=(const ProcEntry&) = delete;
  ~ProcEntry() {
    if (descriptor_ >= 0) {
      ::syscall(SYS_close, descriptor_);
    }
  }
  // Bytes that `call` (read, getdents64) has put there; 0 at the end, and after an error.
  template <std::size_t size>
  std::size_t get(long call, std::array<char, size>& buffer) const {
    const long got = descriptor_ < 0 ? 0 : ::syscall(call, descriptor_, buffer.data(), size);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

 private:
  long descriptor_;
};

// getdents64(2): the C library declares no such structure of its own.
struct EntryHead {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  std::uint8_t type;
};
constexpr std::size_t name_at = offsetof(EntryHead, type) + 1;

}  // namespace

std::string read_proc_file(const std::string& path) {
  const ProcEntry file(path, 0);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = file.get(SYS_read, buffer)) {
    text.append(buffer.data(), got);
  }
  return text;
}

std::vector<pid_t> numbers_in_proc(const std::string& folder) {
  const ProcEntry entries(folder, O_DIRECTORY);
  std::vector<pid_t> numbers;
  std::array<char, 8192> buffer{};
  while (const std::size_t got = entries.get(SYS_getdents64, buffer)) {
    for (std::size_t at = 0; at + sizeof(EntryHead) <= got;) {
      EntryHead head{};
      std::memcpy(&head, buffer.data() + at, sizeof head);
      const auto number = static_cast<pid_t>(std::strtol(buffer.data() + at + name_at, nullptr, 10));
      if (number > 0) {
        numbers.push_back(number);
      }
      at += head.size;
    }
  }
  return numbers;
}

}  // namespace pyharness::os
