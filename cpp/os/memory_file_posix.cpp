#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "os/error.h"
#include "os/memory_file.h"

namespace pyharness::os {

FileDescriptor make_memory_file(const char* name, bool append) {
  FileDescriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) {
    throw_errno("memfd_create");
  }
  if (append && ::fcntl(file.number(), F_SETFL, O_APPEND) != 0) {
    throw_errno("fcntl(F_SETFL, O_APPEND)");
  }
  return file;
}

std::uint64_t file_size(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    throw_errno("fstat");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

void resize_file(int descriptor, std::uint64_t bytes) {
  if (::ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) {
    throw_errno("ftruncate");
  }
}

void free_range(int descriptor, std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t page = 4096;
  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (begin < end) {
    // Refused by no kernel that has memfd; and if it were, only memory is lost.
    ::fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
                static_cast<off_t>(end - begin));
  }
}

std::string read_range(int descriptor, std::uint64_t begin, std::uint64_t end) {
  std::string text;
  end = std::min(end, file_size(descriptor));
  if (begin >= end) {
    return text;
  }
  text.resize(end - begin);
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got =
        ::pread(descriptor, text.data() + filled, text.size() - filled, static_cast<off_t>(begin + filled));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw_errno("pread");
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      throw_errno("write of " + std::to_string(bytes.size()) + " bytes");
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
}

Mapping::Mapping(int descriptor, std::size_t bytes) : size_(bytes) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) {
    throw_errno("mmap of " + std::to_string(bytes) + " bytes");
  }
  data_ = static_cast<std::byte*>(address);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) {
    ::munmap(data_, size_);
  }
}

}  // namespace pyharness::os
