#include <dlfcn.h>

#include <stdexcept>

#include "os/dynamic_library.h"

namespace pyharness::os {

namespace {

// A name without a slash would be searched in the system's folders.
std::string as_path(const std::string& path) { return path.find('/') == std::string::npos ? "./" + path : path; }

}  // namespace

DynamicLibrary::DynamicLibrary(const std::string& path)
    : handle_(::dlopen(as_path(path).c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    const char* text = ::dlerror();
    throw std::runtime_error(text == nullptr ? "the loader gave no reason" : text);
  }
}

void* DynamicLibrary::symbol(const char* name) const { return ::dlsym(handle_, name); }

}  // namespace pyharness::os
