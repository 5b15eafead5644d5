// Waiting on a 32-bit word that may live in shared memory. Thread-safety: any thread of any process; `wake` is also
// safe in a signal handler. Whoever changes the word wakes afterwards; whoever waits reads the word first.
#pragma once

#include <atomic>
#include <cstdint>

namespace pyharness::os {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4 && std::atomic<std::uint32_t>::is_always_lock_free);

// Blocks while `word` is `seen`, at most `limit_ms`. May return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::uint32_t limit_ms);
void futex_wake_all(std::atomic<std::uint32_t>& word);

}  // namespace pyharness::os
