#include <pthread.h>

#include <mutex>
#include <pyharness/test.hpp>
#include <thread>

TEST("culprit", timeout(1s)) {
  std::mutex first;
  std::mutex second;
  pthread_barrier_t each_holds_one;
  REQUIRE(pthread_barrier_init(&each_holds_one, nullptr, 2) == 0);
  const auto lock_both = [&](std::mutex& one, std::mutex& other) {
    const std::lock_guard held(one);
    pthread_barrier_wait(&each_holds_one);
    const std::lock_guard never(other);
  };
  std::thread neighbour([&] { lock_both(first, second); });
  lock_both(second, first);
  neighbour.join();
}
