// Whole messages between two ends.
#include "os/message_channel.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <thread>

using namespace pyharness;
using os::Received;

TEST_CASE("message channel: messages arrive whole and in order, in both directions") {
  const auto [one, other] = os::MessageChannel::make_pair();
  REQUIRE(one.send(1, "first"));
  REQUIRE(one.send(2, ""));
  REQUIRE(other.send(3, std::string("a\0b", 3)));
  os::Message message;
  CHECK(other.receive(message, 1000) == Received::message);
  CHECK((message.kind == 1 && message.bytes == "first"));
  CHECK(other.receive(message, 1000) == Received::message);
  CHECK((message.kind == 2 && message.bytes.empty()));
  CHECK(one.receive(message, 1000) == Received::message);
  CHECK((message.kind == 3 && message.bytes == std::string("a\0b", 3)));
}

TEST_CASE("message channel: a message larger than any buffer gets through") {
  const auto [one, other] = os::MessageChannel::make_pair();
  const std::string large(std::size_t{8} << 20U, 'x');
  std::thread sender([&sending = one, &large] { CHECK(sending.send(9, large)); });
  os::Message message;
  CHECK(other.receive(message, UINT32_MAX) == Received::message);
  sender.join();
  CHECK(message.bytes == large);
}

TEST_CASE("message channel: nothing to read is late; a half message is late, too") {
  const auto [one, other] = os::MessageChannel::make_pair();
  os::Message message;
  CHECK(other.receive(message, 0) == Received::late);
  const std::uint32_t head[2] = {1, 100};
  REQUIRE(::send(one.descriptor(), head, sizeof head, 0) == sizeof head);
  CHECK(other.receive(message, 1) == Received::late);
}

TEST_CASE("message channel: the end of the other side shows, also in the middle of a message") {
  for (const std::size_t sent : {std::size_t{0}, std::size_t{4}, std::size_t{8}}) {
    auto [one, other] = os::MessageChannel::make_pair();
    const std::uint32_t head[2] = {1, 100};
    if (sent > 0) {
      REQUIRE(::send(one.descriptor(), head, sent, 0) == static_cast<ssize_t>(sent));
    }
    {
      const os::MessageChannel closed(std::move(one));
    }
    os::Message message;
    CHECK(other.receive(message, UINT32_MAX) == Received::closed);
    CHECK_FALSE(other.send(1, "to nobody"));
  }
}
