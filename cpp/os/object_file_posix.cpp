#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "os/error.h"
#include "os/file_descriptor.h"
#include "os/memory_file.h"
#include "os/object_file.h"

namespace pyharness::os {

using FileHeader = ElfW(Ehdr);
using SectionHeader = ElfW(Shdr);
using Symbol = ElfW(Sym);

// The table of sections and their names; nothing where the file has none.
struct ObjectFile::Sections {
  explicit Sections(const ObjectFile& file) {
    const auto* header = file.at<FileHeader>(0);
    if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(SectionHeader)) {
      return;
    }
    first = file.at<SectionHeader>(header->e_shoff, header->e_shnum);
    if (first != nullptr && header->e_shstrndx < header->e_shnum) {
      count = header->e_shnum;
      names = first + header->e_shstrndx;
    }
  }
  const SectionHeader* begin() const { return first; }
  const SectionHeader* end() const { return first + count; }

  const SectionHeader* first = nullptr;
  std::size_t count = 0;
  const SectionHeader* names = nullptr;
};

ObjectFile::ObjectFile(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw_errno("cannot read '" + path + "'");
  }
  size_ = file_size(file.number());
  void* mapped = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (mapped == MAP_FAILED) {
    throw_errno("cannot map '" + path + "'");
  }
  bytes_ = static_cast<const std::byte*>(mapped);
}

ObjectFile::~ObjectFile() {
  if (bytes_ != nullptr) {
    ::munmap(const_cast<std::byte*>(bytes_), size_);
  }
}

// Entries of the file; nullptr when they do not lie in it, or not where such an entry may lie.
template <class Entry>
const Entry* ObjectFile::at(std::uint64_t offset, std::uint64_t count) const {
  const bool lies_within = offset <= size_ && count <= (size_ - offset) / sizeof(Entry);
  return lies_within && offset % alignof(Entry) == 0 ? reinterpret_cast<const Entry*>(bytes_ + offset) : nullptr;
}

// The text that begins at a place of a table of texts in [begin, end) of the file, and ends with a zero.
std::string_view ObjectFile::text(std::uint64_t begin, std::uint64_t end, std::uint64_t place) const {
  if (end > size_ || begin > end || place >= end - begin) {
    return {};
  }
  const char* first = reinterpret_cast<const char*>(bytes_ + begin + place);
  const std::size_t most = end - begin - place;
  return {first, ::strnlen(first, most)};
}

std::optional<ObjectFile::Extent> ObjectFile::section(std::string_view name) const {
  const Sections sections(*this);
  const auto found = std::find_if(sections.begin(), sections.end(), [&](const SectionHeader& one) {
    return text(sections.names->sh_offset, sections.names->sh_offset + sections.names->sh_size, one.sh_name) == name;
  });
  return found == sections.end() ? std::nullopt : std::optional<Extent>({found->sh_addr, found->sh_size});
}

std::vector<std::uint64_t> ObjectFile::symbols(const std::vector<std::string_view>& names) const {
  std::vector<std::uint64_t> addresses(names.size(), 0);
  const Sections sections(*this);
  for (const SectionHeader& table : sections) {
    // Where all symbols were stripped away, those remain that the loader needs.
    if ((table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) || table.sh_link >= sections.count) {
      continue;
    }
    const SectionHeader& texts = sections.first[table.sh_link];
    const std::uint64_t count = table.sh_size / sizeof(Symbol);
    const auto* symbol = at<Symbol>(table.sh_offset, count);
    for (std::uint64_t left = symbol == nullptr ? 0 : count; left > 0; --left, ++symbol) {
      const auto name = text(texts.sh_offset, texts.sh_offset + texts.sh_size, symbol->st_name);
      const auto found = std::find(names.begin(), names.end(), name);
      if (found != names.end() && symbol->st_shndx != SHN_UNDEF) {
        addresses[static_cast<std::size_t>(found - names.begin())] = symbol->st_value;
      }
    }
  }
  return addresses;
}

}  // namespace pyharness::os
