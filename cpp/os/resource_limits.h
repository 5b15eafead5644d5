// The limits that the kernel sets this process (getrlimit). A snapshot; `restore` puts back what has changed and says
// what it was, or nothing. What cannot be put back is the new base. Thread-safety: one thread at a time.
#pragma once

#include <sys/resource.h>

#include <array>
#include <string>

namespace pyharness::os {

class ResourceLimits {
 public:
  ResourceLimits();
  std::string restore();

 private:
  std::array<rlimit, RLIM_NLIMITS> limits_{};  // by resource
};

}  // namespace pyharness::os
