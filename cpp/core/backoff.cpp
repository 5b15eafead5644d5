#include "core/backoff.h"

#include <algorithm>

namespace pyharness {

namespace {

// Stops at UINT64_MAX instead of wrapping around.
std::uint64_t doubled(std::uint64_t delay_ns, std::uint32_t times) {
  if (delay_ns == 0) {
    return 0;
  }
  return times < 64 && delay_ns <= (UINT64_MAX >> times) ? delay_ns << times : UINT64_MAX;
}

// splitmix64 (Steele, Lea, Flood 2014): all bits of the result depend on all bits given.
std::uint64_t scrambled(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31U);
}

}  // namespace

std::uint64_t wait_ns(const Backoff& backoff, std::uint32_t retry, std::uint64_t seed) {
  const std::uint64_t grown = backoff.exponential ? doubled(backoff.delay_ns, retry - 1) : backoff.delay_ns;
  const std::uint64_t wait = std::min(grown, backoff.longest_ns);
  if (!backoff.jitter) {
    return wait;
  }
  const std::uint64_t half = wait / 2;
  return half + scrambled(scrambled(seed) ^ retry) % (wait - half + 1);
}

}  // namespace pyharness
