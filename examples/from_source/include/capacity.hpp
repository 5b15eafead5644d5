#pragma once

#include <cstddef>
#include <stdexcept>

namespace containers {

// The capacity of something that has to hold at least one element.
inline std::size_t checked_capacity(std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("a capacity of nothing");
  return capacity;
}

}  // namespace containers
