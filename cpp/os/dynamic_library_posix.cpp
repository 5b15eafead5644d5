#include <dlfcn.h>

#include "os/dynamic_library.h"

namespace pyharness::os {

namespace {

// A name without a slash would be searched in the system's folders.
std::string as_path(const std::string& path) { return path.find('/') == std::string::npos ? "./" + path : path; }

// dlopen is declared not to throw, so an exception of a constructor would end the process in terminate(), without a
// word about it. Called through a pointer whose type promises nothing, it can be caught.
using Open = void* (*)(const char*, int);
volatile Open open_library = ::dlopen;

}  // namespace

DynamicLibrary::DynamicLibrary(const std::string& path)
    : handle_(open_library(as_path(path).c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    const char* text = ::dlerror();
    throw LoaderError(text == nullptr ? "the loader gave no reason" : text);
  }
}

void* DynamicLibrary::symbol(const char* name) const { return ::dlsym(handle_, name); }

}  // namespace pyharness::os
