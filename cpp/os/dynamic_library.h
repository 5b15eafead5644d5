// A loaded shared library. Never unloaded by hand: cases may have left threads and handlers in it, and its
// destructors run when the process ends. Thread-safety: `symbol` from any thread.
#pragma once

#include <stdexcept>
#include <string>

namespace pyharness::os {

// The loader has refused; its text says why.
struct LoaderError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class DynamicLibrary {
 public:
  // Loads it with symbols of its own (RTLD_LOCAL), all bound at once. Throws LoaderError with the loader's text,
  // and lets exceptions of the library's constructors pass. After one of those the loader is not usable any more.
  explicit DynamicLibrary(const std::string& path);
  // nullptr when there is none.
  void* symbol(const char* name) const;

 private:
  void* handle_;
};

}  // namespace pyharness::os
