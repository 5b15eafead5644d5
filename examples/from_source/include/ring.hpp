// The last elements that were pushed, as many as there is room for.
#pragma once

#include <vector>

#include "capacity.hpp"

namespace containers {

template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : slots_(checked_capacity(capacity)) {}

  std::size_t size() const { return size_; }
  bool is_full() const { return size_ == slots_.size(); }
  const T& operator[](std::size_t index) const { return slots_[(first_ + index) % slots_.size()]; }  // 0: the oldest

  void push(T value) {
    slots_[(first_ + size_) % slots_.size()] = std::move(value);
    if (is_full()) {
      first_ = (first_ + 1) % slots_.size();
    } else {
      ++size_;
    }
  }

  T pop() {  // the oldest; throws std::out_of_range when there is none
    if (size_ == 0) throw std::out_of_range("the ring is empty");
    T oldest = std::move(slots_[first_]);
    first_ = (first_ + 1) % slots_.size();
    --size_;
    return oldest;
  }

 private:
  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace containers
