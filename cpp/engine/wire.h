// Messages between supervisor and host on their control channel: length-framed values, never text to be parsed.
// Thread-safety: values only. Both ends are built from one source, so numbers travel in the machine's own byte order.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/task.h"

namespace pyharness {

enum class MessageKind : std::uint32_t {
  load = 1,     // supervisor: number library, text path
  listing = 2,  // host, after load: a SuiteListing
  refused = 3,  // host, after load: text why
  broken = 6,   // host, after load: text why; the host can do nothing more and ends
  reload = 4,   // supervisor: number of the host + 1 or 0, number library, text path, number cases it had, number
                // fingerprint or 0; no answer: the host ends if it cannot
  run = 5,      // supervisor: number of the host, number streams captured, number own descriptor tables, number leaks
};

class MessageWriter {
 public:
  MessageWriter& number(std::uint64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  MessageWriter& text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : bytes_(bytes) {}

  // Throw std::runtime_error when the message is shorter than it claims.
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number())); }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) {
      throw std::runtime_error("a message on the control channel is cut short");
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  std::string_view bytes_;
};

std::string encode_listing(const SuiteListing& listing);
SuiteListing decode_listing(std::string_view bytes);

}  // namespace pyharness
