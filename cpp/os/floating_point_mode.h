// How the calling thread calculates: rounding, traps, denormal numbers; not the flags of what has happened so far.
// Thread-safety: belongs to the thread that makes it. No system calls.
#pragma once

#include <cstdint>
#include <string>

namespace pyharness::os {

class FloatingPointMode {
 public:
  FloatingPointMode();
  bool changed() const;
  // Puts it back and says what was changed, or nothing.
  std::string restore();

 private:
  std::uint64_t control_;  // the control registers
};

}  // namespace pyharness::os
