// A two-way channel between two processes that carries whole messages: a kind and bytes (a stream socket pair with
// length frames). Thread-safety: one thread per end. send blocks while the other end does not read; receive blocks
// until its limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "os/file_descriptor.h"

namespace pyharness::os {

struct Message {
  std::uint32_t kind = 0;
  std::string bytes;
};

enum class Received : std::uint8_t { message, closed, late };

class MessageChannel {
 public:
  MessageChannel() = default;
  explicit MessageChannel(FileDescriptor socket) : socket_(std::move(socket)) {}
  // Both ends, closed on exec. Throws std::system_error.
  static std::pair<MessageChannel, MessageChannel> make_pair();

  int descriptor() const { return socket_.number(); }
  // False when the other end is gone.
  bool send(std::uint32_t kind, const std::string& bytes) const;
  // Waits for a whole message; a limit of UINT32_MAX means no limit.
  Received receive(Message& message, std::uint32_t limit_ms) const;

 private:
  Received read_exactly(char* bytes, std::size_t count, std::uint64_t deadline_ns) const;

  FileDescriptor socket_;
};

}  // namespace pyharness::os
