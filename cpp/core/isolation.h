// How far cases are kept apart from each other. The numbers are part of the suite ABI and of the Python binding.
// Thread-safety: values only.
#pragma once

#include <cstdint>
#include <string_view>

namespace pyharness {

// automatic: as the case, its suite, or (when they leave it open) the run says.
// thread: on the threads of one host. process: each worker in a host of its own. fork ("case" everywhere a person
// reads it; a keyword here): in a process of its own, forked from a host that has the suite loaded. program: launches
// of existing executables; nobody declares it, it is what they are.
enum class Isolation : std::uint8_t { automatic = 0, thread = 1, process = 2, fork = 3, program = 4 };

// Isolations that cases are run in: lanes of the plan and of the queue.
inline constexpr std::uint32_t library_lane_count = 3;  // those before `program`
inline constexpr std::uint32_t lane_count = 4;

constexpr std::uint32_t lane_of(Isolation isolation) {
  return isolation == Isolation::automatic ? 0 : static_cast<std::uint32_t>(isolation) - 1;
}
constexpr Isolation isolation_of_lane(std::uint32_t lane) { return static_cast<Isolation>(lane + 1); }

constexpr std::string_view name_of(Isolation isolation) {
  constexpr std::string_view names[] = {"auto", "thread", "process", "case", "program"};
  return names[static_cast<std::uint8_t>(isolation)];
}

}  // namespace pyharness
