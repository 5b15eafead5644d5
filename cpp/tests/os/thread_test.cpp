// Threads with a stack of a given size.
#include "os/thread.h"

#include <doctest/doctest.h>
#include <pthread.h>

#include <atomic>
#include <system_error>

using pyharness::os::Thread;

TEST_CASE("thread: runs its body once, on a stack of the given size") {
  std::atomic<int> runs{0};
  std::size_t stack_bytes = 0;
  const std::function<void()> body = [&] {
    ++runs;
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    ::pthread_attr_getstacksize(&attributes, &stack_bytes);
    ::pthread_attr_destroy(&attributes);
  };
  Thread thread(std::size_t{3} << 20U, body);
  thread.join();
  thread.join();
  CHECK(runs == 1);
  CHECK(stack_bytes >= std::size_t{3} << 20U);
}

TEST_CASE("thread: is joined when it goes out of scope") {
  std::atomic<bool> ran{false};
  const std::function<void()> body = [&] { ran = true; };
  {
    const Thread thread(std::size_t{1} << 20U, body);
  }
  CHECK(ran);
}

TEST_CASE("thread: one that cannot be made is a system error") {
  const std::function<void()> body = [] {};
  CHECK_THROWS_AS(Thread(std::size_t{1} << 60U, body), std::system_error);
}
