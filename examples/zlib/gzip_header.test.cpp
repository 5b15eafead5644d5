// The header and trailer of a gzip stream: what is written, what is read back.
#include <cstring>
#include <pyharness/test.hpp>

#include "streams.hpp"

namespace {

/// A header with every field set, and the stream that carries it.
struct FullHeader {
  FullHeader() {
    written.text = 1;
    written.time = 1234567890;
    written.os = 7;
    written.extra = extra;
    written.extra_len = sizeof extra;
    written.name = name;
    written.comment = comment;
    written.hcrc = 1;
    Settings settings;
    settings.window_bits = window_bits_for(Wrapper::gzip);
    Deflater deflater(settings);
    require_ok("deflateSetHeader", deflateSetHeader(deflater.get(), &written));
    deflater.write(text_bytes(300), Z_FINISH, packed);
  }

  Bytef extra[4] = {1, 2, 3, 4};
  Bytef name[9] = {'n', 'o', 't', 'e', '.', 't', 'x', 't', 0};
  Bytef comment[6] = {'h', 'e', 'l', 'l', 'o', 0};
  gz_header written{};
  Bytes packed;
};

/// Reads a header into buffers of its own.
struct ReadHeader {
  explicit ReadHeader(const Bytes& packed) {
    header.extra = extra;
    header.extra_max = sizeof extra;
    header.name = name;
    header.name_max = sizeof name;
    header.comment = comment;
    header.comm_max = sizeof comment;
    Inflater inflater(window_bits_for(Wrapper::gzip));
    require_ok("inflateGetHeader", inflateGetHeader(inflater.get(), &header));
    inflater.feed(packed);
    code = inflater.read(output);
  }

  Bytef extra[16] = {};
  Bytef name[16] = {};
  Bytef comment[4] = {};
  gz_header header{};
  Bytes output;
  int code = Z_OK;
};

uLong little_endian(const unsigned char* bytes) {
  return bytes[0] | static_cast<uLong>(bytes[1]) << 8 | static_cast<uLong>(bytes[2]) << 16 |
         static_cast<uLong>(bytes[3]) << 24;
}

}  // namespace

TEST_F(FullHeader, "numbers come back", "header") {
  const ReadHeader read(packed);
  CHECK(read.code == Z_STREAM_END);
  CHECK(read.header.done == 1);
  CHECK(read.header.text == 1);
  CHECK(read.header.time == 1234567890);
  CHECK(read.header.os == 7);
  CHECK(read.header.hcrc == 1);
}

TEST_F(FullHeader, "name and extra field come back", "header") {
  const ReadHeader read(packed);
  CHECK(std::memcmp(read.name, name, sizeof name) == 0);
  CHECK(read.header.extra_len == sizeof extra);
  CHECK(std::memcmp(read.extra, extra, sizeof extra) == 0);
}

TEST_F(FullHeader, "a comment longer than the room is cut", "header") {
  const ReadHeader read(packed);
  CHECK(std::memcmp(read.comment, "hell", 4) == 0);
  CHECK(read.output == text_bytes(300));
}

TEST_F(FullHeader, "damage to the header is found by its own checksum", "header", "error") {
  packed[5] ^= 1u;
  const ReadHeader read(packed);
  CHECK(read.code == Z_DATA_ERROR);
}

TEST("without a header of one's own the fields are empty", "header") {
  const ReadHeader read(deflated(text_bytes(300), Wrapper::gzip));
  CHECK(read.header.done == 1);
  CHECK(read.header.time == 0);
  CHECK(read.header.name == nullptr);
  CHECK(read.header.comment == nullptr);
}

TEST("a zlib stream has no gzip header", "header") {
  gz_header header{};
  Inflater inflater(detect_wrapper);
  REQUIRE(inflateGetHeader(inflater.get(), &header) == Z_OK);
  const Bytes packed = deflated(text_bytes(300));
  Bytes output;
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(header.done == -1);
}

TEST("a header needs a gzip stream", "header", "error") {
  gz_header header{};
  Deflater deflater;
  CHECK(deflateSetHeader(deflater.get(), &header) == Z_STREAM_ERROR);
  Inflater inflater(-MAX_WBITS);
  CHECK(inflateGetHeader(inflater.get(), &header) == Z_STREAM_ERROR);
}

TEST("the trailer holds checksum and length", "header") {
  const Bytes input = text_bytes(300);
  const Bytes packed = deflated(input, Wrapper::gzip);
  REQUIRE(packed.size() > 18);
  CHECK(little_endian(packed.data() + packed.size() - 8) == crc32(0, input.data(), static_cast<uInt>(input.size())));
  CHECK(little_endian(packed.data() + packed.size() - 4) == input.size());
}

TEST("the stream starts with the magic number and the method", "header") {
  const Bytes packed = deflated({}, Wrapper::gzip);
  REQUIRE(packed.size() == 20);
  CHECK(Bytes(packed.begin(), packed.begin() + 3) == Bytes{0x1f, 0x8b, 8});
}
