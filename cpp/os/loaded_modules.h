// What the loader has brought into this process: the program itself and its libraries.
// Thread-safety: any thread; takes the loader's lock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pyharness::os {

struct LoadedModule {
  std::string path;         // absolute
  std::uintptr_t base = 0;  // is added to the addresses in its file

  // What stands at such an address; a pointer to it, or a function.
  template <class Pointer>
  Pointer at(std::uint64_t address) const {
    return reinterpret_cast<Pointer>(base +
                                     address);  // NOLINT(performance-no-int-to-ptr): loader and file tell numbers
  }
};

// In the order in which they were loaded, the program first. Left out is what has no file, or whose file has been
// replaced since: what is read there would not hold for what is loaded.
std::vector<LoadedModule> loaded_modules();

// Grows with each module that is loaded; quick.
std::uint64_t modules_ever_loaded();

}  // namespace pyharness::os
