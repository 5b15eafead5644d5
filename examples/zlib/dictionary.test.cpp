// Preset dictionaries: asked for, checked, and of use.
#include <pyharness/test.hpp>

#include "streams.hpp"

namespace {

const Bytes& dictionary() {
  static const Bytes bytes = bytes_of("GET /index.html HTTP/1.1\r\nHost: example.org\r\nAccept: text/html\r\n\r\n");
  return bytes;
}

Bytes message() { return bytes_of("GET /about.html HTTP/1.1\r\nHost: example.org\r\nAccept: text/html\r\n\r\n"); }

uLong adler_of(const Bytes& bytes) { return adler32(1, bytes.data(), static_cast<uInt>(bytes.size())); }

int give(Deflater& deflater, const Bytes& bytes) {
  return deflateSetDictionary(deflater.get(), bytes.data(), static_cast<uInt>(bytes.size()));
}

int give(Inflater& inflater, const Bytes& bytes) {
  return inflateSetDictionary(inflater.get(), bytes.data(), static_cast<uInt>(bytes.size()));
}

Bytes message_with_dictionary(Wrapper wrapper) {
  Settings settings;
  settings.window_bits = window_bits_for(wrapper);
  Bytes packed;
  Deflater deflater(settings);
  require_ok("deflateSetDictionary", give(deflater, dictionary()));
  deflater.write(message(), Z_FINISH, packed);
  return packed;
}

/// A reader that has come to the point where the dictionary is needed.
struct AskingReader {
  AskingReader() {
    inflater.feed(packed);
    code = inflater.read(output);
  }

  Bytes packed = message_with_dictionary(Wrapper::zlib);
  Bytes output;
  Inflater inflater;
  int code = Z_OK;
};

}  // namespace

TEST_F(AskingReader, "the reader is told which dictionary is needed", "dictionary") {
  CHECK(code == Z_NEED_DICT);
  CHECK(inflater->adler == adler_of(dictionary()));
  CHECK(output.empty());
}

TEST_F(AskingReader, "the right dictionary restores the message", "dictionary") {
  REQUIRE(give(inflater, dictionary()) == Z_OK);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == message());
}

TEST_F(AskingReader, "a wrong dictionary is refused", "dictionary", "error") {
  CHECK(give(inflater, bytes_of("something else")) == Z_DATA_ERROR);
}

TEST_F(AskingReader, "after a wrong dictionary the right one still works", "dictionary") {
  REQUIRE(give(inflater, bytes_of("something else")) == Z_DATA_ERROR);
  REQUIRE(give(inflater, dictionary()) == Z_OK);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == message());
}

TEST_F(AskingReader, "the reader hands its dictionary out", "dictionary") {
  REQUIRE(give(inflater, dictionary()) == Z_OK);
  Bytes held(32768);
  uInt size = 0;
  REQUIRE(inflateGetDictionary(inflater.get(), held.data(), &size) == Z_OK);
  held.resize(size);
  CHECK(held == dictionary());
}

TEST("a dictionary shortens a similar message", "dictionary") {
  CHECK(message_with_dictionary(Wrapper::zlib).size() < deflated(message()).size() / 2);
}

TEST("a raw stream takes its dictionary in advance", "dictionary") {
  const Bytes packed = message_with_dictionary(Wrapper::raw);
  Bytes output;
  Inflater inflater(window_bits_for(Wrapper::raw));
  REQUIRE(give(inflater, dictionary()) == Z_OK);
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == message());
}

TEST("a raw stream without its dictionary is damaged", "dictionary", "error") {
  CHECK_THROWS_AS(inflated(message_with_dictionary(Wrapper::raw), Wrapper::raw), ZlibError);
}

TEST("a gzip stream has no dictionary", "dictionary", "error") {
  Settings settings;
  settings.window_bits = window_bits_for(Wrapper::gzip);
  Deflater deflater(settings);
  CHECK(give(deflater, dictionary()) == Z_STREAM_ERROR);
}

TEST("a reader that was not asked refuses a dictionary", "dictionary", "error") {
  Inflater inflater;
  CHECK(give(inflater, dictionary()) == Z_STREAM_ERROR);
}

TEST("the compressor reports the dictionary's checksum and content", "dictionary") {
  Deflater deflater;
  REQUIRE(give(deflater, dictionary()) == Z_OK);
  CHECK(deflater->adler == adler_of(dictionary()));
  Bytes held(32768);
  uInt size = 0;
  REQUIRE(deflateGetDictionary(deflater.get(), held.data(), &size) == Z_OK);
  held.resize(size);
  CHECK(held == dictionary());
}
