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
};

// In the order in which they were loaded, the program first. Left out is what has no file, or whose file has been
// replaced since: what is read there would not hold for what is loaded.
std::vector<LoadedModule> loaded_modules();

}  // namespace pyharness::os
