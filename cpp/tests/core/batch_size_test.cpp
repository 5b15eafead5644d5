// How many cases a launch takes.
#include "core/batch_size.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

using pyharness::batch_size;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t start_ns = 25 * ms;

// Sizes of the launches, one after another, until nothing waits.
std::vector<std::size_t> sizes(std::size_t waiting, std::size_t workers, std::uint64_t mean_ns) {
  std::vector<std::size_t> all;
  while (waiting > 0) {
    all.push_back(batch_size(waiting, workers, mean_ns, start_ns));
    waiting -= all.back();
  }
  return all;
}

}  // namespace

TEST_CASE("batch_size: one worker takes all at once") {
  CHECK(batch_size(1000, 1, 0, start_ns) == 1000);
  CHECK(batch_size(1000, 1, 5000 * ms, start_ns) == 1000);
}

TEST_CASE("batch_size: several begin with half of a fair share, and never take nothing") {
  CHECK(batch_size(1000, 4, 0, start_ns) == 125);
  CHECK(batch_size(1, 4, 0, start_ns) == 1);
  CHECK(batch_size(3, 4, 0, start_ns) == 1);
}

TEST_CASE("batch_size: quick cases are launched for long enough") {
  CHECK(batch_size(1000, 4, ms, start_ns) == 125);
  CHECK(batch_size(400, 4, ms, start_ns) == 100);  // of 1 ms each: what is worth a launch
  CHECK(batch_size(40, 4, ms, start_ns) == 40);    // not worth more than one
  CHECK(batch_size(240, 4, ms, start_ns) == 80);   // three that are alike
  CHECK(sizes(5625, 2, ms / 35).size() == 2);
}

TEST_CASE("batch_size: nobody takes more than a fair share of what is worth a launch for each") {
  for (const std::size_t workers : {2U, 4U, 16U}) {
    for (std::size_t waiting = 100 * workers; waiting < 3000; waiting += 7) {
      CHECK(batch_size(waiting, workers, ms, start_ns) <= (waiting + workers - 1) / workers);
    }
  }
}

TEST_CASE("batch_size: the longer a start takes, the more a launch is worth") {
  CHECK(batch_size(1000, 4, 10 * ms, 0) == 125);
  CHECK(batch_size(1000, 4, 10 * ms, 500 * ms) == 200);
  CHECK(batch_size(1000, 4, 10 * ms, 60'000 * ms) == 1000);
}

TEST_CASE("batch_size: slow cases come in smaller and smaller launches, and all of them come") {
  for (const std::size_t workers : {1U, 2U, 7U, 64U}) {
    for (const std::size_t waiting : {1U, 5U, 64U, 1000U}) {
      for (const std::uint64_t mean_ns : {std::uint64_t{0}, std::uint64_t{1}, ms, 1000 * ms}) {
        const auto all = sizes(waiting, workers, mean_ns);
        CHECK(std::accumulate(all.begin(), all.end(), std::size_t{0}) == waiting);
        CHECK(std::is_sorted(all.rbegin(), all.rend()));
      }
    }
  }
  CHECK(sizes(1000, 4, 1000 * ms).back() == 1);
}
