// Small numbers, as bits. Grows as needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace containers {

class BitSet {
 public:
  void insert(std::size_t number);
  void erase(std::size_t number);
  bool contains(std::size_t number) const;
  std::size_t size() const;

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace containers
