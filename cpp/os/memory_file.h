// Files that live in memory (memfd) and their mappings: what processes of a run share.
// Thread-safety: const members from any thread. Ownership: a Mapping unmaps itself and does not need its file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "os/file_descriptor.h"

namespace pyharness::os {

// A new, empty memory file, closed on exec. `append`: every write goes to the end, wherever the offset stands.
// Throws std::system_error.
FileDescriptor make_memory_file(const char* name, bool append = false);

std::uint64_t file_size(int descriptor);
void resize_file(int descriptor, std::uint64_t bytes);
// Gives the memory of [begin, end) back, in whole pages: it reads as zeros from then on. The size stays.
void free_range(int descriptor, std::uint64_t begin, std::uint64_t end);
// The bytes [begin, end) of the file; shorter when the file is.
std::string read_range(int descriptor, std::uint64_t begin, std::uint64_t end);
// Writes at the descriptor's offset. Throws std::system_error.
void write_all(int descriptor, std::string_view bytes);

class Mapping {
 public:
  Mapping() = default;
  // Maps the first `bytes` of the file, shared, for reading and writing. Throws std::system_error.
  Mapping(int descriptor, std::size_t bytes);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pyharness::os
