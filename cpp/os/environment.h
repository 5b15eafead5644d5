// The environment variables of this process. A snapshot that takes their place: `environ` then is an array of this
// object, with strings of its own, so that restoring is a copy, reads nothing that a case has left and frees nothing
// that another thread may hold. Ownership: the arrays stay until the process ends.
// Thread-safety: looks_changed from any thread; construction and restore by one at a time. Like setenv(3), restore must
// not meet a thread that changes the environment; one that reads it finds old or new strings.
#pragma once

#include <string>

namespace pyharness::os {

class Environment {
 public:
  Environment();
  // By comparing pointers: a string that was overwritten in its place is found by `restore` only.
  bool looks_changed() const;
  // Puts it back and says which variables were changed, or nothing.
  std::string restore();

 private:
  struct Block;

  Block* block_;
};

}  // namespace pyharness::os
