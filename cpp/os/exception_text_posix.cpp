#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <typeinfo>

#include "os/exception_text.h"

namespace pyharness::os {

std::string current_exception_text() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  int status = -1;
  char* readable = type == nullptr ? nullptr : abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  std::string name = readable == nullptr ? "an exception of unknown type" : readable;
  std::free(readable);
  try {
    throw;
  } catch (const std::exception& error) {
    return name + ": " + error.what();
  } catch (...) {
    return name;
  }
}

}  // namespace pyharness::os
