// 10 000 at once, or as many as the system allows.
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <pyharness/test.hpp>
#include <vector>

namespace {
struct Gate {
  std::mutex mutex;
  std::condition_variable opened;
  bool open = false;
};

void* wait_at(void* gate_address) {
  Gate& gate = *static_cast<Gate*>(gate_address);
  std::unique_lock lock(gate.mutex);
  gate.opened.wait(lock, [&] { return gate.open; });
  return nullptr;
}
}  // namespace

TEST("culprit") {
  pthread_attr_t small{};
  pthread_attr_init(&small);
  REQUIRE(pthread_attr_setstacksize(&small, 64 * 1024) == 0);
  Gate gate;
  std::vector<pthread_t> threads;
  for (pthread_t thread{}; threads.size() < 10'000 && pthread_create(&thread, &small, wait_at, &gate) == 0;) {
    threads.push_back(thread);
  }
  {
    const std::lock_guard lock(gate.mutex);
    gate.open = true;
  }
  gate.opened.notify_all();
  for (const pthread_t thread : threads) {
    CHECK(pthread_join(thread, nullptr) == 0);
  }
  CHECK(threads.size() > 0);
}
