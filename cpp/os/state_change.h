// Something that a case has changed in its process or thread and not put back. Thread-safety: values only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pyharness::os {

enum class StateKind : std::uint8_t {
  working_directory,
  umask,
  signal_handler,
  signal_mask,
  environment,
  resource_limit,
  locale,
  rounding,
};

struct StateChange {
  StateKind kind;
  bool whole_process;  // shared by all threads: a case on another worker may have made it
  std::string text;    // "changed the working directory from '/a' to '/b'"; ends with `not_restorable` if it stays
};

inline constexpr const char* not_restorable = ", which cannot be restored";

// "a, b, c", cut short after some.
inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t at = 0; at < std::min(most, names.size()); ++at) {
    text += (at == 0 ? "" : ", ") + names[at];
  }
  return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more" : text;
}

// Notes a change of this kind, unless `text` is empty.
inline void add_change(std::vector<StateChange>& changes, StateKind kind, bool whole_process, std::string text) {
  if (!text.empty()) {
    changes.push_back({kind, whole_process, std::move(text)});
  }
}

}  // namespace pyharness::os
