#include "bit_set.hpp"

namespace containers {

void BitSet::insert(std::size_t number) {
  if (number / 64 >= words_.size()) words_.resize(number / 64 + 1);
  words_[number / 64] |= std::uint64_t{1} << number % 64;
}

void BitSet::erase(std::size_t number) {
  if (contains(number)) words_[number / 64] &= ~(std::uint64_t{1} << number % 64);
}

bool BitSet::contains(std::size_t number) const {
  return number / 64 < words_.size() && (words_[number / 64] >> number % 64 & 1) != 0;
}

std::size_t BitSet::size() const {
  std::size_t count = 0;
  for (std::uint64_t word : words_) {
    for (; word != 0; word &= word - 1) ++count;
  }
  return count;
}

}  // namespace containers
