// How many cases of a program one launch takes. Thread-safety: a pure function.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pyharness {

// So many times as long as its start a launch should last at least, where there is work for so long.
inline constexpr std::uint64_t starts_worth = 4;

// `waiting`: cases of the program that may start now. `mean_ns`: what one has taken so far; `start_ns`: what a launch
// took until its first case began; 0: not known yet.
// Half of a fair share at first, so that the launches become smaller towards the end and workers end together (guided
// self-scheduling, Polychronopoulos and Kuck 1987), but never so few quick ones that the starts count: what is left is
// shared out evenly among as many launches as it is worth.
constexpr std::size_t batch_size(std::size_t waiting, std::size_t workers, std::uint64_t mean_ns,
                                 std::uint64_t start_ns) {
  const auto part = [waiting](std::size_t parts) { return (waiting + parts - 1) / parts; };
  const std::size_t guided = workers == 1 ? waiting : part(2 * workers);
  const std::size_t worth_it = mean_ns == 0 ? 1 : std::max<std::size_t>(1, starts_worth * start_ns / mean_ns);
  if (std::max(guided, worth_it) < part(workers)) {
    return std::max(guided, worth_it);
  }
  return part(std::clamp<std::size_t>(part(worth_it), 1, workers));
}

}  // namespace pyharness
