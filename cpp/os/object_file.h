// The sections and symbols of a program or library on disk (ELF, 64 bits, of this machine's byte order), local symbols
// included. The format is that of the System V ABI, see elf(5).
// Thread-safety: const members from any thread. Ownership: has the file mapped; who cuts it short meanwhile ends this
// process, as he would by what the loader has mapped of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyharness::os {

class ObjectFile {
 public:
  // Throws std::system_error when it cannot be read. A file of another format has no sections and no symbols.
  explicit ObjectFile(const std::string& path);
  ObjectFile(const ObjectFile&) = delete;
  ObjectFile& operator=(const ObjectFile&) = delete;
  ~ObjectFile();

  struct Extent {
    std::uint64_t address;  // before the module's base is added
    std::uint64_t bytes;
  };
  std::optional<Extent> section(std::string_view name) const;

  // The addresses of symbols by their names, 0 for one that is not there. All of them are looked for in one pass.
  std::vector<std::uint64_t> symbols(const std::vector<std::string_view>& names) const;

 private:
  struct Sections;

  template <class Entry>
  const Entry* at(std::uint64_t offset, std::uint64_t count = 1) const;
  std::string_view text(std::uint64_t begin, std::uint64_t end, std::uint64_t place) const;

  const std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pyharness::os
