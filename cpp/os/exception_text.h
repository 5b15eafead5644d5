// Type and text of an exception that comes from code with a C++ runtime of its own.
// Thread-safety: any thread, within a catch block.
#pragma once

#include <string>

namespace pyharness::os {

// `std::runtime_error: its text` for the exception that is being handled; of other classes, the type alone.
std::string current_exception_text();

}  // namespace pyharness::os
