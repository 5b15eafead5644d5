// The profile runtime of LLVM in one module, which was compiled with -fprofile-instr-generate. Each module has one of
// its own, whose functions are hidden: they are found in the symbol table of the module's file.
// Thread-safety: one thread at a time, while others may count; `move` is atomic for each counter. Ownership: refers to
// memory of the module, which stays loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "os/loaded_modules.h"
#include "os/object_file.h"

namespace pyharness {

class LlvmRuntime {
 public:
  // Nothing: the module counts nothing, or in another way.
  static std::optional<LlvmRuntime> in(const os::LoadedModule& module, const os::ObjectFile& file);

  // False: its functions are gone (strip, --gc-sections). It writes to the file that LLVM_PROFILE_FILE has named.
  bool can_be_named() const { return set_filename_ != nullptr && write_file_ != nullptr; }
  // Whether it may be given a name with `%c`: then its counts are in that file from there on.
  bool can_count_in_file() const { return can_count_in_file_; }

  // Whatever it writes from here on goes to the end of that file.
  void name_file(const std::string& path) const;
  // False: it could not. The file has all that was counted since `move` has taken the counts away.
  bool write() const;

  bool has_counted() const;
  std::size_t bytes() const { return counters_.size_bytes() + bits_.size_bytes(); }
  // Between the module and memory of the size of `bytes`, aligned for 8: what was counted there is added here, and
  // there nothing is left.
  void move_to(std::byte* memory) const;
  void move_from(std::byte* memory) const;
  // Forgets all that was counted.
  void clear() const;

 private:
  LlvmRuntime() = default;

  std::span<std::uint64_t> counters_;
  std::span<unsigned char> bits_;  // of MC/DC: which conditions were seen
  void (*set_filename_)(const char*) = nullptr;
  int (*write_file_)() = nullptr;
  bool can_count_in_file_ = false;
};

}  // namespace pyharness
