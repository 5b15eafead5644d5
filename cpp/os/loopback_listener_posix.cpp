#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

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
  constexpr int backlog = 128;
  if (!listener_ || ::bind(listener_.number(), raw, size) != 0 || ::listen(listener_.number(), backlog) != 0 ||
      ::getsockname(listener_.number(), raw, &size) != 0) {
    throw_errno("listen on 127.0.0.1");
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void LoopbackListener::read_into(std::string& bytes) {
  if (!connection_) {
    connection_ = FileDescriptor(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection_) {
      return;
    }
  }
  std::array<char, 65536> part{};
  for (;;) {
    const ssize_t count = ::recv(connection_.number(), part.data(), part.size(), 0);
    if (count <= 0) {
      return;
    }
    bytes.append(part.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace pyharness::os
