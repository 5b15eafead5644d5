// What one attempt of a case came to. The numbers are part of the run table and of the Python binding.
// Thread-safety: values only.
#pragma once

#include <cstdint>
#include <string_view>

namespace pyharness {

enum class Outcome : std::uint8_t { none = 0, pass = 1, fail = 2, skip = 3, crash = 4, timeout = 5, error = 6 };

// Whether the outcome counts towards `--max-fail`.
constexpr bool is_failure(Outcome outcome) {
  return outcome == Outcome::fail || outcome == Outcome::crash || outcome == Outcome::timeout ||
         outcome == Outcome::error;
}

constexpr std::string_view name_of(Outcome outcome) {
  constexpr std::string_view names[] = {"none", "pass", "fail", "skip", "crash", "timeout", "error"};
  return names[static_cast<std::uint8_t>(outcome)];
}

}  // namespace pyharness
