// Messages on the control channel.
#include "engine/wire.h"

#include <doctest/doctest.h>

using namespace pyharness;

namespace {

SuiteListing sample() {
  SuiteListing listing{"/a/libb.so", "b", "", Isolation::process, {}};
  listing.cases.push_back({"one", "x.cpp", 3, true, false, Isolation::automatic, 1, 500, "fast small"});
  listing.cases.push_back({"two", "x.cpp", 0, false, true, Isolation::thread, 2, CaseDetails::default_timeout, ""});
  listing.cases.push_back({std::string("th\0ree", 6), "", 7, false, false, Isolation::process, 1, 0, "t"});
  listing.cases.push_back({"four", "y.cpp", UINT32_MAX, false, false, Isolation::fork, UINT32_MAX, 1, ""});
  return listing;
}

bool same(const CaseDetails& a, const CaseDetails& b) {
  return a.name == b.name && a.file == b.file && a.line == b.line && a.serial == b.serial && a.disabled == b.disabled &&
         a.isolation == b.isolation && a.threads_required == b.threads_required && a.timeout_ms == b.timeout_ms &&
         a.tags == b.tags;
}

}  // namespace

TEST_CASE("wire: numbers and texts come back in order") {
  const std::string bytes = MessageWriter().number(UINT64_MAX).text("").text(std::string("a\0b", 3)).number(0).bytes();
  MessageReader reader(bytes);
  CHECK(reader.number() == UINT64_MAX);
  CHECK(reader.text().empty());
  CHECK(reader.text() == std::string("a\0b", 3));
  CHECK(reader.number() == 0);
  CHECK_THROWS_AS(reader.number(), std::runtime_error);
}

TEST_CASE("wire: a listing comes back as it was") {
  const SuiteListing listing = sample();
  const SuiteListing decoded = decode_listing(encode_listing(listing));
  CHECK((decoded.path == listing.path && decoded.name == listing.name && decoded.group == listing.group));
  CHECK(decoded.isolation == Isolation::process);
  REQUIRE(decoded.cases.size() == listing.cases.size());
  for (std::size_t at = 0; at < listing.cases.size(); ++at) {
    CHECK(same(decoded.cases[at], listing.cases[at]));
  }
  CHECK(decode_listing(encode_listing({})).cases.empty());
}

TEST_CASE("wire: a listing that is cut short anywhere is refused") {
  const std::string bytes = encode_listing(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK_THROWS_AS(decode_listing(std::string_view(bytes).substr(0, length)), std::runtime_error);
  }
}

TEST_CASE("wire: an isolation that there is not is refused") {
  SuiteListing listing = sample();
  listing.cases.back().isolation = static_cast<Isolation>(4);
  CHECK_THROWS_AS(decode_listing(encode_listing(listing)), std::runtime_error);
}

TEST_CASE("wire: a text that claims to be longer than the message is refused") {
  const std::string bytes = MessageWriter().number(UINT64_MAX).bytes();
  MessageReader reader(bytes);
  CHECK_THROWS_AS(reader.text(), std::runtime_error);
}
