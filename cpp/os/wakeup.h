// A bell between processes (eventfd): one side rings, the other polls. Rings that nobody has heard yet merge.
// Thread-safety: `ring` from any thread, and in signal handlers; `clear` by the listener.
#pragma once

#include "os/file_descriptor.h"

namespace pyharness::os {

class Wakeup {
 public:
  Wakeup();  // throws std::system_error

  int descriptor() const { return file_.number(); }
  void ring() const { ring(descriptor()); }
  static void ring(int descriptor);
  void clear() const;

 private:
  FileDescriptor file_;
};

}  // namespace pyharness::os
