// The locale: the one of the process (setlocale) and the one that a thread may put before it (uselocale). Each class is
// a snapshot; `restore` puts it back and says what was changed, or nothing. No system calls while nothing has changed.
// Thread-safety: ThreadLocale belongs to the thread that makes it. GlobalLocale: looks_changed from any thread, restore
// by one at a time.
#pragma once

#include <locale.h>

#include <atomic>
#include <string>

namespace pyharness::os {

class GlobalLocale {
 public:
  GlobalLocale();
  bool looks_changed() const;
  std::string restore();

 private:
  std::string name_;
  std::atomic<const char*> shown_;  // where the C library keeps the name; only compared, it may free it at any time
};

class ThreadLocale {
 public:
  ThreadLocale();
  bool changed() const;
  std::string restore();

 private:
  locale_t locale_;
};

}  // namespace pyharness::os
