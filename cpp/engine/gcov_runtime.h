// The runtime of GCC's gcov in one module, which was compiled with --coverage. It writes to a file for each object,
// where GCOV_PREFIX says, and adds to what is there: any number of processes may do so, one after another.
// Thread-safety: one thread at a time. Ownership: refers to code of the module, which stays loaded.
#pragma once

#include <optional>

#include "os/loaded_modules.h"
#include "os/object_file.h"

namespace pyharness {

class GcovRuntime {
 public:
  // Nothing: the module counts nothing, or in another way.
  static std::optional<GcovRuntime> in(const os::LoadedModule& module, const os::ObjectFile& file);

  // False: it writes at the orderly end of the process only, and then all that it has ever counted. Its functions are
  // in a module only when something asks for them.
  bool can_be_told() const { return dump_ != nullptr && reset_ != nullptr; }
  // Adds to its files what was counted since the last time.
  void write() const;
  // Forgets it.
  void clear() const { reset_(); }

 private:
  GcovRuntime() = default;

  void (*dump_)() = nullptr;
  void (*reset_)() = nullptr;
};

}  // namespace pyharness
