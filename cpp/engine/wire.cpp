#include "engine/wire.h"

namespace pyharness {

namespace {

Isolation isolation_of(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(Isolation::fork)) {
    throw std::runtime_error("a message on the control channel names an isolation that there is not");
  }
  return static_cast<Isolation>(number);
}

}  // namespace

std::string encode_listing(const SuiteListing& listing) {
  MessageWriter out;
  out.text(listing.path).text(listing.name).text(listing.group);
  out.number(static_cast<std::uint64_t>(listing.isolation)).number(listing.cases.size());
  const std::string* last_file = nullptr;
  for (const CaseDetails& details : listing.cases) {
    // Neighbours mostly come from one file: an empty text after a 1 stands for the one before.
    const bool same_file = last_file != nullptr && *last_file == details.file;
    out.text(details.name).number(same_file ? 1 : 0).text(same_file ? std::string_view() : details.file);
    out.number(details.line).number(details.serial ? 1 : 0).number(details.disabled ? 1 : 0);
    out.number(static_cast<std::uint64_t>(details.isolation)).number(details.threads_required);
    out.number(details.timeout_ms).text(details.tags);
    last_file = &details.file;
  }
  return out.bytes();
}

SuiteListing decode_listing(std::string_view bytes) {
  MessageReader in(bytes);
  SuiteListing listing;
  listing.path = in.text();
  listing.name = in.text();
  listing.group = in.text();
  listing.isolation = isolation_of(in.number());
  const std::uint64_t count = in.number();
  for (std::uint64_t index = 0; index < count; ++index) {
    CaseDetails details;
    details.name = in.text();
    const bool same_file = in.number() != 0;
    details.file = in.text();
    if (same_file) {
      details.file = listing.cases.back().file;
    }
    details.line = static_cast<std::uint32_t>(in.number());
    details.serial = in.number() != 0;
    details.disabled = in.number() != 0;
    details.isolation = isolation_of(in.number());
    details.threads_required = static_cast<std::uint32_t>(in.number());
    details.timeout_ms = in.number();
    details.tags = in.text();
    listing.cases.push_back(std::move(details));
  }
  return listing;
}

}  // namespace pyharness
