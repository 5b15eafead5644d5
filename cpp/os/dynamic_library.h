// A loaded shared library. Never unloaded by hand: cases may have left threads and handlers in it, and its
// destructors run when the process ends. Thread-safety: `symbol` from any thread.
#pragma once

#include <string>

namespace pyharness::os {

class DynamicLibrary {
 public:
  // Loads it with symbols of its own (RTLD_LOCAL), all bound at once. Throws std::runtime_error with the loader's text.
  explicit DynamicLibrary(const std::string& path);
  // nullptr when there is none.
  void* symbol(const char* name) const;

 private:
  void* handle_;
};

}  // namespace pyharness::os
