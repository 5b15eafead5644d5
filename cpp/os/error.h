// A failed system call as an exception. Thread-safety: values only.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace pyharness::os {

// Throws std::system_error for the current errno; `what` names the call and its subject.
[[noreturn]] inline void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace pyharness::os
