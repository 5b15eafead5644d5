// The life of a stream: settings refused, states kept, copied, reset and changed, memory taken and given back,
// flush points found again.
#include <cstdlib>
#include <pyharness/test.hpp>
#include <tuple>
#include <utility>

#include "streams.hpp"

namespace {

/// Counts what a stream takes; fails from the `limit`th request on.
struct CountingAllocator {
  explicit CountingAllocator(int limit = 1000) : limit(limit) {}

  void attach(z_stream& stream) {
    stream.opaque = this;
    stream.zalloc = [](voidpf self, uInt items, uInt size) -> voidpf {
      auto* counts = static_cast<CountingAllocator*>(self);
      return counts->taken == counts->limit ? nullptr : (++counts->taken, std::calloc(items, size));
    };
    stream.zfree = [](voidpf self, voidpf block) {
      ++static_cast<CountingAllocator*>(self)->given_back;
      std::free(block);
    };
  }

  int limit;
  int taken = 0;
  int given_back = 0;
};

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_EACH("refuses settings out of range", (int level, int window_bits, int memory_level),
          values(std::tuple(10, 15, 8), std::tuple(-2, 15, 8), std::tuple(6, 7, 8), std::tuple(6, 16, 8),
                 std::tuple(6, 32, 8), std::tuple(6, 15, 0), std::tuple(6, 15, 10)),
          "error") {
  z_stream stream{};
  CHECK(deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) == Z_STREAM_ERROR);
}

TEST_EACH("refuses an unknown method or strategy", (int method, int strategy),
          values(std::pair(7, 0), std::pair(8, 5), std::pair(8, -1)), "error") {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 6, method, 15, 8, strategy) == Z_STREAM_ERROR);
}

TEST_EACH("inflate refuses a window out of range", (int window_bits), values(1, 7, -7, 48, -16), "error") {
  CHECK_THROWS_AS(Inflater(window_bits), ZlibError);
}

TEST("refuses a header of another version", "error") {
  z_stream stream{};
  CHECK(deflateInit_(&stream, 6, "0.9", sizeof stream) == Z_VERSION_ERROR);
  CHECK(inflateInit_(&stream, ZLIB_VERSION, sizeof stream - 1) == Z_VERSION_ERROR);
}

TEST("a stream that was never set up is refused", "error") {
  z_stream stream{};
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_ERROR);
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_ERROR);
  CHECK(deflateEnd(&stream) == Z_STREAM_ERROR);
  CHECK(inflateEnd(nullptr) == Z_STREAM_ERROR);
}

TEST("without room there is no progress, and no harm", "error") {
  const Bytes input = text_bytes(1000);
  Deflater deflater;
  deflater.feed(input);
  unsigned char nowhere = 0;
  deflater->next_out = &nowhere;
  deflater->avail_out = 0;
  CHECK(deflate(deflater.get(), Z_FINISH) == Z_BUF_ERROR);
  Bytes packed;
  CHECK(deflater.write(input, Z_FINISH, packed) == Z_STREAM_END);
  CHECK(inflated(packed) == input);
}

TEST("after Z_FINISH only Z_FINISH is allowed", "error") {
  Bytes packed;
  Deflater deflater;
  REQUIRE(deflater.write(text_bytes(100), Z_FINISH, packed) == Z_STREAM_END);
  CHECK(deflater.write(text_bytes(100), Z_NO_FLUSH, packed) == Z_STREAM_ERROR);
}

TEST("ending an unfinished stream says that data was lost", "error") {
  z_stream stream{};
  REQUIRE(deflateInit(&stream, 6) == Z_OK);
  const Bytes input = text_bytes(1000);
  Bytes room(2000);
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = room.data();
  stream.avail_out = static_cast<uInt>(room.size());
  CHECK(deflate(&stream, Z_NO_FLUSH) == Z_OK);
  CHECK(deflateEnd(&stream) == Z_DATA_ERROR);
}

TEST("memory comes from the stream's allocator and goes back there", "memory") {
  CountingAllocator counts;
  z_stream stream{};
  counts.attach(stream);
  REQUIRE(deflateInit(&stream, 9) == Z_OK);
  CHECK(counts.taken > 0);
  CHECK(counts.given_back == 0);
  CHECK(deflateEnd(&stream) == Z_OK);
  CHECK(counts.given_back == counts.taken);
}

TEST_EACH("too little memory is reported and nothing leaks", (int limit), range(0, 4), "memory") {
  CountingAllocator counts(limit);
  z_stream stream{};
  counts.attach(stream);
  CHECK(deflateInit(&stream, 6) == Z_MEM_ERROR);
  CHECK(counts.taken == limit);
  CHECK(counts.given_back == counts.taken);
}

TEST("a reset stream starts anew", "reset") {
  const Bytes input = text_bytes(2000);
  Bytes abandoned;
  Bytes packed;
  Deflater deflater;
  deflater.write(noise_bytes(3000), Z_SYNC_FLUSH, abandoned);
  REQUIRE(deflateReset(deflater.get()) == Z_OK);
  REQUIRE(deflater.write(input, Z_FINISH, packed) == Z_STREAM_END);
  CHECK(packed == deflated(input));
}

TEST("inflateReset goes on to the next stream", "reset") {
  const Bytes first = text_bytes(2000);
  const Bytes second = noise_bytes(500);
  const Bytes both = joined(deflated(first), deflated(second));
  Bytes output;
  Inflater inflater;
  inflater.feed(both);
  REQUIRE(inflater.read(output) == Z_STREAM_END);
  CHECK(output == first);
  REQUIRE(inflateReset(inflater.get()) == Z_OK);
  REQUIRE(inflater.read(output) == Z_STREAM_END);
  CHECK(output == joined(first, second));
}

TEST("inflateReset2 changes the wrapper", "reset") {
  const Bytes input = text_bytes(2000);
  Bytes output;
  Inflater inflater(window_bits_for(Wrapper::zlib));
  REQUIRE(inflateReset2(inflater.get(), window_bits_for(Wrapper::gzip)) == Z_OK);
  const Bytes packed = deflated(input, Wrapper::gzip);
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == input);
}

TEST("a copied compressor goes its own way", "copy") {
  const Bytes start = text_bytes(5000);
  Bytes packed;
  Deflater deflater;
  deflater.write(start, Z_NO_FLUSH, packed);
  z_stream copy{};
  REQUIRE(deflateCopy(&copy, deflater.get()) == Z_OK);
  CHECK(deflateEnd(&copy) == Z_DATA_ERROR);
  REQUIRE(deflater.write(start, Z_FINISH, packed) == Z_STREAM_END);
  CHECK(inflated(packed) == joined(start, start));
}

TEST("a copied reader repeats what the original reads", "copy") {
  const Bytes packed = deflated(text_bytes(5000));
  Bytes output(2500);
  Inflater inflater;
  inflater.feed(packed);
  inflater->next_out = output.data();
  inflater->avail_out = static_cast<uInt>(output.size());
  REQUIRE(inflate(inflater.get(), Z_NO_FLUSH) == Z_OK);
  z_stream copy{};
  REQUIRE(inflateCopy(&copy, inflater.get()) == Z_OK);
  Bytes by_copy(2500);
  copy.next_out = by_copy.data();
  copy.avail_out = static_cast<uInt>(by_copy.size());
  CHECK(inflate(&copy, Z_FINISH) == Z_STREAM_END);
  CHECK(inflateEnd(&copy) == Z_OK);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == joined(Bytes(output.begin(), output.begin() + 2500), by_copy));
  CHECK(output == text_bytes(5000));
}

TEST_EACH("level and strategy may change on the way", (int level, int strategy),
          values(std::pair(0, Z_DEFAULT_STRATEGY), std::pair(9, Z_DEFAULT_STRATEGY), std::pair(6, Z_HUFFMAN_ONLY),
                 std::pair(1, Z_RLE)),
          "params") {
  const Bytes half = text_bytes(20000);
  Bytes packed;
  Deflater deflater;
  REQUIRE(deflater.write(half, Z_SYNC_FLUSH, packed) == Z_OK);
  Bytes room(1000);
  deflater->next_out = room.data();
  deflater->avail_out = static_cast<uInt>(room.size());
  REQUIRE(deflateParams(deflater.get(), level, strategy) == Z_OK);
  packed.insert(packed.end(), room.data(), deflater->next_out);
  REQUIRE(deflater.write(half, Z_FINISH, packed) == Z_STREAM_END);
  CHECK(inflated(packed) == joined(half, half));
}

TEST("tuned searches still give valid streams", "params") {
  Bytes packed;
  Deflater deflater;
  REQUIRE(deflateTune(deflater.get(), 2, 2, 10, 1) == Z_OK);
  REQUIRE(deflater.write(text_bytes(5000), Z_FINISH, packed) == Z_STREAM_END);
  CHECK(inflated(packed) == text_bytes(5000));
}

TEST("bits put before a raw stream can be taken off again", "bits") {
  const Bytes input = text_bytes(3000);
  Bytes packed;
  Settings raw;
  raw.window_bits = -MAX_WBITS;
  Deflater deflater(raw);
  REQUIRE(deflatePrime(deflater.get(), 3, 5) == Z_OK);
  REQUIRE(deflater.write(input, Z_FINISH, packed) == Z_STREAM_END);
  CHECK((packed[0] & 7) == 5);
  Bytes output;
  Inflater inflater(-MAX_WBITS);
  REQUIRE(inflatePrime(inflater.get(), 5, packed[0] >> 3) == Z_OK);
  inflater.feed(packed.data() + 1, packed.size() - 1);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(output == input);
}

TEST_EACH("deflateBound is enough for one call", (Payload payload),
          values(Payload::empty, Payload::text, Payload::noise), "bound") {
  const Bytes input = payload_bytes(payload);
  Deflater deflater;
  Bytes packed(deflateBound(deflater.get(), input.size()));
  deflater.feed(input);
  deflater->next_out = packed.data();
  deflater->avail_out = static_cast<uInt>(packed.size());
  CHECK(deflate(deflater.get(), Z_FINISH) == Z_STREAM_END);
}

TEST("a flushed stream holds nothing back", "flush") {
  const Bytes input = text_bytes(3000);
  Bytes packed;
  Deflater deflater;
  REQUIRE(deflater.write(input, Z_SYNC_FLUSH, packed) == Z_OK);
  unsigned pending_bytes = 1;
  int pending_bits = 1;
  REQUIRE(deflatePending(deflater.get(), &pending_bytes, &pending_bits) == Z_OK);
  CHECK(pending_bytes == 0);
  CHECK(pending_bits == 0);
  Bytes output;
  Inflater inflater;
  inflater.feed(packed);
  inflater.read(output);
  CHECK(output == input);
}

TEST_EACH("a flush ends with the mark of an empty stored block", (int flush), values(Z_SYNC_FLUSH, Z_FULL_FLUSH),
          "flush") {
  Bytes packed;
  Deflater deflater;
  REQUIRE(deflater.write(text_bytes(3000), flush, packed) == Z_OK);
  REQUIRE(packed.size() > 4);
  CHECK(Bytes(packed.end() - 4, packed.end()) == Bytes{0x00, 0x00, 0xff, 0xff});
}

TEST("bytes after the end are left alone") {
  const Bytes packed = joined(deflated(text_bytes(100)), bytes_of("tail"));
  Bytes output;
  Inflater inflater;
  inflater.feed(packed);
  CHECK(inflater.read(output) == Z_STREAM_END);
  CHECK(inflater->avail_in == 4);
  CHECK(output == text_bytes(100));
}
