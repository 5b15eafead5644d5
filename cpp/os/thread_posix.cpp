#include <system_error>

#include "os/thread.h"

namespace pyharness::os {

namespace {

void* run(void* argument) {
  (*static_cast<const std::function<void()>*>(argument))();
  return nullptr;
}

}  // namespace

Thread::Thread(std::size_t stack_bytes, const std::function<void()>& body) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  const int error = ::pthread_create(&thread_, &attributes, run, const_cast<std::function<void()>*>(&body));
  ::pthread_attr_destroy(&attributes);
  if (error != 0) {
    joined_ = true;
    throw std::system_error(error, std::generic_category(), "pthread_create");
  }
}

void Thread::join() {
  if (!joined_) {
    ::pthread_join(thread_, nullptr);
    joined_ = true;
  }
}

}  // namespace pyharness::os
