#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "os/error.h"
#include "os/loopback_listener.h"

namespace pyharness::os {

LoopbackListener::LoopbackListener()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  constexpr int backlog = 4096;  // between two looks
  if (!listener_ || ::bind(listener_.number(), raw, size) != 0 || ::listen(listener_.number(), backlog) != 0 ||
      ::getsockname(listener_.number(), raw, &size) != 0) {
    throw_errno("listen on 127.0.0.1");
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void LoopbackListener::accept_all() {
  std::erase_if(others_, [](const FileDescriptor& other) {
    char byte = 0;
    return ::recv(other.number(), &byte, 1, MSG_PEEK) == 0;
  });
  for (;;) {
    FileDescriptor next(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!next) {
      return;
    }
    if (connection_) {
      others_.push_back(std::move(next));
    } else {
      connection_ = std::move(next);
    }
  }
}

void LoopbackListener::read_into(std::string& bytes) {
  accept_all();
  std::array<char, 65536> part{};
  while (connection_) {
    const ssize_t count = ::recv(connection_.number(), part.data(), part.size(), 0);
    if (count <= 0) {
      return;
    }
    bytes.append(part.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace pyharness::os
