#include <poll.h>
#include <sys/socket.h>

#include "os/clock.h"
#include "os/error.h"
#include "os/message_channel.h"

namespace pyharness::os {

namespace {

struct FrameHead {
  std::uint32_t kind;
  std::uint32_t bytes;
};

bool send_all(int socket, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t sent = ::send(socket, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return false;
    }
    bytes += sent;
    count -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

std::pair<MessageChannel, MessageChannel> MessageChannel::make_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw_errno("socketpair");
  }
  return {MessageChannel(FileDescriptor(ends[0])), MessageChannel(FileDescriptor(ends[1]))};
}

bool MessageChannel::send(std::uint32_t kind, const std::string& bytes) const {
  const FrameHead head{kind, static_cast<std::uint32_t>(bytes.size())};
  return send_all(socket_.number(), reinterpret_cast<const char*>(&head), sizeof head) &&
         send_all(socket_.number(), bytes.data(), bytes.size());
}

Received MessageChannel::receive(Message& message, std::uint32_t limit_ms) const {
  const std::uint64_t deadline =
      limit_ms == UINT32_MAX ? UINT64_MAX : monotonic_ns() + std::uint64_t{limit_ms} * 1'000'000U;
  FrameHead head{};
  const Received got_head = read_exactly(reinterpret_cast<char*>(&head), sizeof head, deadline);
  if (got_head != Received::message) {
    return got_head;
  }
  message.kind = head.kind;
  message.bytes.resize(head.bytes);
  return read_exactly(message.bytes.data(), message.bytes.size(), deadline);
}

Received MessageChannel::read_exactly(char* bytes, std::size_t count, std::uint64_t deadline_ns) const {
  while (count > 0) {
    pollfd waiting{socket_.number(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline_ns));
    if (ready == 0) {
      return Received::late;
    }
    const ssize_t got = ready < 0 ? -1 : ::recv(socket_.number(), bytes, count, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return Received::closed;
    }
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
  return Received::message;
}

}  // namespace pyharness::os
