// A thread with a stack of a given size (std::thread's depends on the user's limits). Owns it: must be joined.
// Thread-safety: join by the owner only. `start` copies nothing: the function object must outlive the thread.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>

namespace pyharness::os {

class Thread {
 public:
  // Throws std::system_error when the thread cannot be made.
  Thread(std::size_t stack_bytes, const std::function<void()>& body);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { join(); }

  void join();

 private:
  pthread_t thread_{};
  bool joined_ = false;
};

}  // namespace pyharness::os
