// compress and uncompress: whole buffers in one call, their bounds, their errors, and the bytes around the data.
#include <pyharness/test.hpp>
#include <utility>

#include "streams.hpp"

namespace {

Bytes compressed(const Bytes& input, int level = Z_DEFAULT_COMPRESSION) {
  Bytes output(compressBound(input.size()));
  uLongf size = output.size();
  require_ok("compress2", compress2(output.data(), &size, input.data(), input.size(), level));
  output.resize(size);
  return output;
}

Bytes uncompressed(const Bytes& input, std::size_t room) {
  Bytes output(room + 1);  // never null, also when nothing is expected
  uLongf size = room;
  require_ok("uncompress", uncompress(output.data(), &size, input.data(), input.size()));
  output.resize(size);
  return output;
}

int uncompress_code(const Bytes& input, std::size_t room) {
  Bytes output(room + 1);
  uLongf size = room;
  return uncompress(output.data(), &size, input.data(), input.size());
}

}  // namespace

TEST_EACH("restores what was compressed", (Payload payload),
          values(Payload::empty, Payload::one_byte, Payload::zeros, Payload::text, Payload::noise, Payload::sparse),
          "roundtrip") {
  const Bytes input = payload_bytes(payload);
  CHECK(uncompressed(compressed(input), input.size()) == input);
}

TEST_EACH("restores at every level", (int level), values(-1, 0, 1, 6, 9), "roundtrip") {
  const Bytes input = text_bytes(5000);
  CHECK(uncompressed(compressed(input, level), input.size()) == input);
}

TEST_EACH("refuses a level that does not exist", (int level), values(-2, 10, 99), "error") {
  const Bytes input = text_bytes(100);
  Bytes output(1000);
  uLongf size = output.size();
  CHECK(compress2(output.data(), &size, input.data(), input.size(), level) == Z_STREAM_ERROR);
}

TEST_EACH("noise fits into the bound", (std::size_t size), values<std::size_t>(0, 1, 100, 16383, 16384, 100000),
          "bound") {
  const Bytes input = noise_bytes(size);
  const Bytes output = compressed(input, 1);
  CHECK(output.size() <= compressBound(size));
}

TEST("the bound never shrinks", "bound") {
  for (uLong size = 0; size < 70000; size += 97) {
    INFO("size " << size);
    CHECK(compressBound(size) >= size);
    CHECK(compressBound(size + 97) >= compressBound(size));
  }
}

TEST("level 0 stores and adds little") {
  const Bytes input = text_bytes(10000);
  const Bytes output = compressed(input, 0);
  CHECK(output.size() > input.size());
  CHECK(output.size() < input.size() + 100);
}

TEST("level 9 packs text no worse than level 1") {
  const Bytes input = text_bytes(50000);
  CHECK(compressed(input, 9).size() <= compressed(input, 1).size());
}

TEST("a million zeros shrink a hundredfold") { CHECK(compressed(Bytes(1000000, 0)).size() < 10000); }

TEST("the same input gives the same output") {
  const Bytes input = text_bytes(30000);
  CHECK(compressed(input) == compressed(input));
}

TEST("compress uses the default level") {
  const Bytes input = text_bytes(3000);
  Bytes output(compressBound(input.size()));
  uLongf size = output.size();
  REQUIRE(compress(output.data(), &size, input.data(), input.size()) == Z_OK);
  output.resize(size);
  CHECK(output == compressed(input, 6));
}

// RFC 1950: the two upper bits of the second byte tell the effort.
TEST_EACH("the header tells the effort", (int level, int effort),
          values(std::pair(0, 0), std::pair(1, 0), std::pair(2, 1), std::pair(5, 1), std::pair(6, 2), std::pair(9, 3)),
          "header") {
  const Bytes output = compressed(text_bytes(100), level);
  REQUIRE(output.size() > 2);
  CHECK(output[0] == 0x78);
  CHECK((output[0] * 256 + output[1]) % 31 == 0);
  CHECK(output[1] >> 6 == effort);
}

TEST("the trailer is the adler32 of the input", "header") {
  const Bytes input = text_bytes(777);
  const Bytes output = compressed(input);
  uLong trailer = 0;
  for (std::size_t at = output.size() - 4; at < output.size(); ++at) {
    trailer = trailer << 8 | output[at];
  }
  CHECK(trailer == adler32(1, input.data(), static_cast<uInt>(input.size())));
}

TEST("compress says when the room is too small", "error") {
  const Bytes input = noise_bytes(1000);
  Bytes output(500);
  uLongf size = output.size();
  CHECK(compress(output.data(), &size, input.data(), input.size()) == Z_BUF_ERROR);
}

TEST("uncompress says when the room is too small", "error") {
  CHECK(uncompress_code(compressed(text_bytes(1000)), 999) == Z_BUF_ERROR);
}

TEST("uncompress needs no more room than the data", "roundtrip") {
  CHECK(uncompress_code(compressed(text_bytes(1000)), 1000) == Z_OK);
}

TEST("uncompress tells an early end from a lack of room", "error") {
  Bytes cut = compressed(text_bytes(1000));
  cut.resize(cut.size() / 2);
  CHECK(uncompress_code(cut, 2000) == Z_DATA_ERROR);
}

TEST("uncompress refuses what is not compressed", "error") {
  CHECK_THROWS_AS(uncompressed(bytes_of("plain text, certainly"), 100), ZlibError);
}

TEST("uncompress refuses a wrong trailer", "error") {
  Bytes output = compressed(text_bytes(1000));
  output.back() ^= 1u;
  CHECK(uncompress_code(output, 1000) == Z_DATA_ERROR);
}

TEST("uncompress2 tells where the stream ends") {
  Bytes input = compressed(text_bytes(1000));
  const std::size_t stream_size = input.size();
  input.insert(input.end(), 50, 0xee);
  Bytes output(1000);
  uLongf room = output.size();
  uLong used = input.size();
  REQUIRE(uncompress2(output.data(), &room, input.data(), &used) == Z_OK);
  CHECK(used == stream_size);
  CHECK(output == text_bytes(1000));
}

TEST("the library's version fits its header", "build") { CHECK(zlibVersion()[0] == ZLIB_VERSION[0]); }

TEST("the library's types have the sizes of its header", "build") {
  const auto bytes_at = [](int shift) { return 2u << (zlibCompileFlags() >> shift & 3u); };
  CHECK(bytes_at(0) == sizeof(uInt));
  CHECK(bytes_at(2) == sizeof(uLong));
  CHECK(bytes_at(4) == sizeof(voidpf));
  CHECK(bytes_at(6) == sizeof(z_off_t));
}

TEST_EACH("every code has a text", (int code, std::string text),
          values(std::pair<int, std::string>(Z_NEED_DICT, "need dictionary"), std::pair(Z_STREAM_END, "stream end"),
                 std::pair(Z_OK, ""), std::pair(Z_STREAM_ERROR, "stream error"), std::pair(Z_DATA_ERROR, "data error"),
                 std::pair(Z_MEM_ERROR, "insufficient memory"), std::pair(Z_BUF_ERROR, "buffer error"),
                 std::pair(Z_VERSION_ERROR, "incompatible version")),
          "error") {
  CHECK(zError(code) == text);
}
