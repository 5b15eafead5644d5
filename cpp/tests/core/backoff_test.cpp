// The wait before a retry.
#include "core/backoff.h"

#include <doctest/doctest.h>

using pyharness::Backoff;
using pyharness::wait_ns;

TEST_CASE("backoff: none by default") { CHECK(wait_ns({}, 1, 0) == 0); }

TEST_CASE("backoff: a fixed delay is the same before each retry") {
  const Backoff backoff{.delay_ns = 7};
  CHECK(wait_ns(backoff, 1, 0) == 7);
  CHECK(wait_ns(backoff, 50, 0) == 7);
}

TEST_CASE("backoff: an exponential delay doubles from retry to retry, up to the longest") {
  const Backoff backoff{.delay_ns = 3, .exponential = true, .longest_ns = 20};
  CHECK(wait_ns(backoff, 1, 0) == 3);
  CHECK(wait_ns(backoff, 2, 0) == 6);
  CHECK(wait_ns(backoff, 3, 0) == 12);
  CHECK(wait_ns(backoff, 4, 0) == 20);
  CHECK(wait_ns(backoff, UINT32_MAX, 0) == 20);
}

TEST_CASE("backoff: the longest wait bounds a fixed delay too") {
  CHECK(wait_ns({.delay_ns = 9, .longest_ns = 4}, 1, 0) == 4);
}

TEST_CASE("backoff: an exponential delay stops at what 64 bits hold") {
  const Backoff backoff{.delay_ns = 3, .exponential = true};
  CHECK(wait_ns(backoff, 63, 0) == std::uint64_t{3} << 62U);
  CHECK(wait_ns(backoff, 64, 0) == UINT64_MAX);
  CHECK(wait_ns(backoff, 65, 0) == UINT64_MAX);
  CHECK(wait_ns({.delay_ns = 0, .exponential = true}, 65, 0) == 0);
}

TEST_CASE("backoff: jitter draws from the upper half of the wait, all of it") {
  const Backoff backoff{.delay_ns = 5, .jitter = true};
  bool drawn[6] = {};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::uint64_t wait = wait_ns(backoff, 1, seed);
    REQUIRE(wait <= 5);
    drawn[wait] = true;
  }
  CHECK_FALSE((drawn[0] || drawn[1]));
  CHECK((drawn[2] && drawn[3] && drawn[4] && drawn[5]));
}

TEST_CASE("backoff: jitter depends on seed and retry, and on nothing else") {
  const Backoff backoff{.delay_ns = UINT64_MAX, .jitter = true};
  CHECK(wait_ns(backoff, 1, 42) == wait_ns(backoff, 1, 42));
  CHECK(wait_ns(backoff, 1, 42) != wait_ns(backoff, 2, 42));
  CHECK(wait_ns(backoff, 1, 42) != wait_ns(backoff, 1, 43));
}
