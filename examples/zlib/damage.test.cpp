// Streams that are damaged, cut short, or to be picked up again after a damaged part.
#include <pyharness/test.hpp>
#include <string>

#include "streams.hpp"

namespace {

struct Damage {
  std::string name;
  Bytes bytes;
  int window_bits;
};

std::ostream& operator<<(std::ostream& out, const Damage& damage) { return out << damage.name; }

Bytes with_flipped(Bytes bytes, std::size_t from_end) {
  bytes[bytes.size() - from_end] ^= 0x40u;
  return bytes;
}

std::vector<Damage> damaged_streams() {
  const int raw = window_bits_for(Wrapper::raw);
  const int gzip = window_bits_for(Wrapper::gzip);
  const Bytes zlib_stream = deflated(text_bytes(500));
  const Bytes gzip_stream = deflated(text_bytes(500), Wrapper::gzip);
  return {
      {"header check", {0x78, 0x9d, 0x03, 0x00}, MAX_WBITS},
      {"compression method", {0x77, 0x85, 0x03, 0x00}, MAX_WBITS},
      {"window size", {0x88, 0x1c, 0x03, 0x00}, MAX_WBITS},
      {"reserved block type", {0x07, 0x00}, raw},
      {"stored block lengths", {0x01, 0x05, 0x00, 0x05, 0x00}, raw},
      {"too many codes", {0xfd, 0xff, 0xff}, raw},
      {"code lengths without meaning", {0x04, 0x00, 0xfe, 0xff}, raw},
      {"distance too far back", {0x63, 0x00, 0x42, 0x00, 0x00}, raw},
      {"adler32", with_flipped(zlib_stream, 1), MAX_WBITS},
      {"gzip crc32", with_flipped(gzip_stream, 8), gzip},
      {"gzip length", with_flipped(gzip_stream, 1), gzip},
      {"gzip reserved flags", {0x1f, 0x8b, 0x08, 0xe0, 0, 0, 0, 0, 0, 3}, gzip},
  };
}

Bytes with_full_flushes(const Bytes& part, int count) {
  Bytes packed;
  Deflater deflater;
  for (int at = 0; at < count; ++at) {
    deflater.write(part, Z_FULL_FLUSH, packed);
  }
  deflater.write({}, Z_FINISH, packed);
  return packed;
}

}  // namespace

TEST_EACH("a damaged stream is refused", (const Damage& damage), damaged_streams(), "error") {
  Bytes output;
  Inflater inflater(damage.window_bits);
  inflater.feed(damage.bytes);
  CHECK(inflater.read(output) == Z_DATA_ERROR);
  CHECK(inflater->msg != nullptr);
}

TEST("once refused, a stream stays refused", "error") {
  const Bytes packed = with_flipped(deflated(text_bytes(500)), 1);
  Bytes output;
  Inflater inflater;
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_DATA_ERROR);
  CHECK(inflater.read(output) == Z_DATA_ERROR);
}

TEST("a wrong trailer is found after all data came out", "error") {
  const Bytes packed = with_flipped(deflated(text_bytes(500)), 1);
  Bytes output;
  Inflater inflater;
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_DATA_ERROR);
  CHECK(output == text_bytes(500));
}

TEST("inflateValidate ignores a wrong trailer on request") {
  const Bytes packed = with_flipped(deflated(text_bytes(500)), 1);
  Bytes output;
  Inflater inflater;
  REQUIRE(inflateValidate(inflater.get(), 0) == Z_OK);
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_STREAM_END);
}

TEST_EACH("a stream cut short never ends", (double share), values(0.0, 0.01, 0.25, 0.5, 0.99), "error") {
  Bytes packed = deflated(text_bytes(4000));
  packed.resize(static_cast<std::size_t>(share * static_cast<double>(packed.size())));
  Bytes output(5000);
  Inflater inflater;
  inflater.feed(packed);
  inflater->next_out = output.data();
  inflater->avail_out = static_cast<uInt>(output.size());
  CHECK(inflate(inflater.get(), Z_FINISH) == Z_BUF_ERROR);
}

TEST("what was cut off may still come", "error") {
  const Bytes packed = deflated(text_bytes(4000));
  const std::size_t half = packed.size() / 2;
  Bytes output;
  Inflater inflater;
  inflater.feed(packed.data(), half);
  CHECK(inflater.read(output) != Z_STREAM_END);
  inflater.feed(packed.data() + half, packed.size() - half);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == text_bytes(4000));
}

TEST("inflateSync finds the next full flush", "sync") {
  const Bytes part = noise_bytes(2000);
  const Bytes packed = with_full_flushes(part, 3);
  Bytes output;
  Inflater inflater;
  inflater.feed(packed.data(), 500);
  inflater.read(output);
  CHECK(output.size() < part.size());
  inflater.feed(packed.data() + 600, packed.size() - 600);  // a hundred bytes are lost
  REQUIRE(inflateSync(inflater.get()) == Z_OK);
  output.clear();
  CHECK(inflater.read(output) == Z_STREAM_END);
  Bytes two_parts = part;
  two_parts.insert(two_parts.end(), part.begin(), part.end());
  CHECK(output == two_parts);
}

TEST("inflateSync finds nothing in a stream without full flushes", "sync", "error") {
  const Bytes packed = deflated(text_bytes(4000));
  Inflater inflater;
  inflater.feed(packed);
  CHECK(inflateSync(inflater.get()) == Z_DATA_ERROR);
}

TEST("inflateSync needs input", "sync", "error") {
  Inflater inflater;
  CHECK(inflateSync(inflater.get()) == Z_BUF_ERROR);
}

TEST("random bytes never crash the reader", "error") {
  const Bytes noise = noise_bytes(20000);
  for (std::size_t at = 0; at + 100 < noise.size(); at += 100) {
    Bytes output;
    Inflater inflater(-MAX_WBITS);
    inflater.feed(noise.data() + at, 100);
    const int code = inflater.read(output);
    INFO("noise from " << at);
    CHECK((code == Z_DATA_ERROR || code == Z_BUF_ERROR || code == Z_OK || code == Z_STREAM_END));
  }
}
