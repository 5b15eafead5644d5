// A port that takes what its first connection sends.
#include "os/loopback_listener.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

#include "os/clock.h"
#include "os/poll.h"
#include "support/descriptors.h"

using namespace pyharness;

namespace {

os::FileDescriptor connect_to(const std::string& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  os::FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(client.number(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    throw std::runtime_error("cannot connect to " + address);
  }
  return client;
}

void send_all(const os::FileDescriptor& client, const std::string& text) {
  REQUIRE(::send(client.number(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

// What arrives until it is so long; the machine may be slow to bring it.
std::string read_until(os::LoopbackListener& listener, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    listener.read_into(bytes);
    os::wait_readable({}, 1);
  }
  return bytes;
}

}  // namespace

TEST_CASE("loopback listener: takes what the first connection sends, also after it was closed") {
  os::LoopbackListener listener;
  CHECK(listener.address().rfind("127.0.0.1:", 0) == 0);
  std::string nothing;
  listener.read_into(nothing);
  CHECK(nothing.empty());
  auto client = connect_to(listener.address());
  send_all(client, "one ");
  CHECK(read_until(listener, 4) == "one ");
  send_all(client, "two");
  client = os::FileDescriptor();
  CHECK(read_until(listener, 3) == "two");
  listener.read_into(nothing);
  CHECK(nothing.empty());
}

TEST_CASE("loopback listener: takes more than one look's worth") {
  os::LoopbackListener listener;
  const auto client = connect_to(listener.address());
  const std::string part(60'000, 'x');
  std::string all;
  for (int times = 0; times < 20; ++times) {
    send_all(client, part);
    listener.read_into(all);
  }
  all += read_until(listener, 20 * part.size() - all.size());
  CHECK(all == std::string(20 * part.size(), 'x'));
}

TEST_CASE("loopback listener: further connections are held and not read, until they are closed") {
  const auto before = test::open_descriptors();
  {
    os::LoopbackListener listener;
    const auto first = connect_to(listener.address());
    send_all(first, "first");
    CHECK(read_until(listener, 5) == "first");
    for (int times = 0; times < 100; ++times) {
      const auto other = connect_to(listener.address());
      send_all(other, "other");
    }
    send_all(first, " again");
    CHECK(read_until(listener, 6) == " again");
  }
  CHECK(test::open_descriptors() == before);
}

TEST_CASE("loopback listener: two have ports of their own") {
  const os::LoopbackListener one;
  const os::LoopbackListener other;
  CHECK(one.address() != other.address());
}
