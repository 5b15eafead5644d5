// Waiting on a word.
#include "os/futex.h"

#include <doctest/doctest.h>

#include <thread>

#include "os/memory_file.h"

using namespace pyharness;

namespace {

// Waits with a limit far beyond the test's, so that only a wake-up can end it.
void wait_until_changed(std::atomic<std::uint32_t>& word, std::uint32_t from) {
  while (word.load() == from) {
    os::futex_wait(word, from, 600'000);
  }
}

}  // namespace

TEST_CASE("futex: returns at once when the word has changed already") {
  std::atomic<std::uint32_t> word{1};
  os::futex_wait(word, 0, 600'000);
  CHECK(word.load() == 1);
}

TEST_CASE("futex: returns after the limit when nothing happens") {
  std::atomic<std::uint32_t> word{0};
  os::futex_wait(word, 0, 1);
  CHECK(word.load() == 0);
}

TEST_CASE("futex: wakes all waiters, on every one of many changes") {
  constexpr std::uint32_t rounds = 2000;
  std::atomic<std::uint32_t> word{0};
  std::atomic<std::uint32_t> heard{0};
  const auto listen = [&] {
    for (std::uint32_t round = 0; round < rounds; ++round) {
      wait_until_changed(word, round);
      heard.fetch_add(1);
      os::futex_wake_all(heard);
    }
  };
  std::thread first(listen);
  std::thread second(listen);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    word.store(round + 1);
    os::futex_wake_all(word);
    for (std::uint32_t seen = heard.load(); seen < 2 * (round + 1); seen = heard.load()) {
      os::futex_wait(heard, seen, 600'000);
    }
  }
  first.join();
  second.join();
  CHECK(heard.load() == 2 * rounds);
}

TEST_CASE("futex: works through two mappings of one file") {
  const auto file = os::make_memory_file("futex");
  os::resize_file(file.number(), 4096);
  const os::Mapping mine(file.number(), 4096);
  const os::Mapping theirs(file.number(), 4096);
  auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(mine.data());
  auto& same = *reinterpret_cast<std::atomic<std::uint32_t>*>(theirs.data());
  std::thread waiter([&] { wait_until_changed(word, 0); });
  same.store(1);
  os::futex_wake_all(same);
  waiter.join();
  CHECK(word.load() == 1);
}
