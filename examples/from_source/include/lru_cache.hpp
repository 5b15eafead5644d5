// Values by key, of which those go first that nobody has asked for.
#pragma once

#include <algorithm>
#include <list>
#include <utility>

#include "capacity.hpp"

namespace containers {

template <class Key, class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(checked_capacity(capacity)) {}

  std::size_t size() const { return entries_.size(); }

  const Value* find(const Key& key) {  // null when it is not there
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; });
    if (found == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    return &entries_.front().second;
  }

  void put(const Key& key, Value value) {
    if (find(key) != nullptr) entries_.pop_front();
    entries_.emplace_front(key, std::move(value));
    if (entries_.size() > capacity_) entries_.pop_back();
  }

 private:
  std::size_t capacity_;
  std::list<std::pair<Key, Value>> entries_;  // the last used first
};

}  // namespace containers
