#include "engine/listing_file.h"

#include <utility>

#include "engine/wire.h"
#include "os/memory_file.h"
#include "os/wakeup.h"
#include "os/whole_file.h"

namespace pyharness {

namespace {

constexpr std::string_view magic = "pyharness listing 1";
constexpr std::uint64_t is_listing = UINT64_MAX;  // in the place of the kind of a failure

LoadFailure::Kind kind_of(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(LoadFailure::Kind::cancelled)) {
    throw std::runtime_error("a listing file names a failure that there is not");
  }
  return static_cast<LoadFailure::Kind>(number);
}

}  // namespace

std::string encode_loaded(const LoadedLibrary& loaded) {
  MessageWriter out;
  out.text(magic).text(loaded.output);
  if (const auto* listing = std::get_if<std::shared_ptr<const SuiteListing>>(&loaded.result)) {
    out.number(is_listing).text(encode_listing(**listing));
  } else {
    const auto& failure = std::get<LoadFailure>(loaded.result);
    out.number(static_cast<std::uint64_t>(failure.kind)).text(failure.text);
    out.number(failure.status.signalled ? 1 : 0).number(static_cast<std::uint64_t>(failure.status.number));
  }
  return out.bytes();
}

LoadedLibrary decode_loaded(std::string_view bytes, const std::string& library) {
  MessageReader in(bytes);
  if (in.text() != magic) {
    throw std::runtime_error("it is no listing of this version of pyharness");
  }
  LoadedLibrary loaded;
  loaded.output = in.text();
  const std::uint64_t kind = in.number();
  if (kind == is_listing) {
    auto listing = std::make_shared<SuiteListing>(decode_listing(in.text()));
    listing->path = library;
    listing->fingerprint = fingerprint_of(*listing);
    loaded.result = std::move(listing);
    return loaded;
  }
  LoadFailure failure{kind_of(kind), in.text(), {}};
  failure.status.signalled = in.number() != 0;
  failure.status.number = static_cast<int>(in.number());
  loaded.result = std::move(failure);
  return loaded;
}

// FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
std::uint64_t fingerprint_of(const SuiteListing& listing) {
  SuiteListing without_path = listing;
  without_path.path.clear();
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : encode_listing(without_path)) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  }
  return hash == 0 ? 1 : hash;
}

void list_into(const std::string& host_program, const std::string& library, std::uint32_t limit_ms,
               const std::string& file) {
  const os::FileDescriptor table = os::make_memory_file("pyharness-run");
  const os::Wakeup wakeup;
  HostSetup setup;
  setup.program = host_program;
  setup.table = table.number();
  setup.wakeup = wakeup.descriptor();
  HostProcess host(setup);
  LoadedLibrary loaded;
  auto result = host.load(0, library, limit_ms == 0 ? UINT32_MAX : limit_ms, [] { return true; });
  loaded.output = host.take_load_output();
  if (auto* listing = std::get_if<SuiteListing>(&result)) {
    loaded.result = std::make_shared<const SuiteListing>(std::move(*listing));
  } else {
    loaded.result = std::get<LoadFailure>(std::move(result));
  }
  os::write_whole_file(file, encode_loaded(loaded));
}

}  // namespace pyharness
