// deflate and inflate give back what they were given: levels, strategies, wrappers, windows, memory, flushing, and
// buffers of any size on either side.
#include <algorithm>
#include <pyharness/test.hpp>

#include "streams.hpp"

namespace {

enum class Strategy {
  standard = Z_DEFAULT_STRATEGY,
  filtered = Z_FILTERED,
  huffman = Z_HUFFMAN_ONLY,
  runs = Z_RLE,
  fixed = Z_FIXED
};

std::ostream& operator<<(std::ostream& out, Strategy strategy) {
  switch (strategy) {
    case Strategy::standard: return out << "standard";
    case Strategy::filtered: return out << "filtered";
    case Strategy::huffman: return out << "huffman";
    case Strategy::runs: return out << "runs";
    case Strategy::fixed: return out << "fixed";
  }
  return out;
}

/// Feeds `in_step` bytes at a time and takes `out_step` bytes at a time, as slow peers would.
template <class Step>
Bytes in_small_steps(Stream& stream, Step step, const Bytes& input, std::size_t in_step, std::size_t out_step) {
  Bytes output;
  Bytes room(out_step);
  std::size_t fed = 0;
  int code = Z_OK;
  while (code == Z_OK || code == Z_BUF_ERROR) {
    if (stream->avail_in == 0) {
      const std::size_t size = std::min(in_step, input.size() - fed);
      stream.feed(input.data() + fed, size);
      fed += size;
    }
    stream->next_out = room.data();
    stream->avail_out = static_cast<uInt>(out_step);
    code = step(stream.get(), fed == input.size() ? Z_FINISH : Z_NO_FLUSH);
    output.insert(output.end(), room.data(), stream->next_out);
  }
  return output;
}

}  // namespace

TEST_EACH("every level with every strategy", (int level, Strategy strategy, Payload payload),
          combine(values(1, 9),
                  values(Strategy::standard, Strategy::filtered, Strategy::huffman, Strategy::runs, Strategy::fixed),
                  values(Payload::text, Payload::sparse)),
          "levels") {
  Settings settings;
  settings.level = level;
  settings.strategy = static_cast<int>(strategy);
  const Bytes input = payload_bytes(payload);
  const Bytes packed = deflated(input, settings);
  CHECK(packed.size() < input.size());
  CHECK(inflated(packed) == input);
}

TEST_EACH("every wrapper around every payload", (Wrapper wrapper, Payload payload),
          combine(values(Wrapper::zlib, Wrapper::raw, Wrapper::gzip),
                  values(Payload::empty, Payload::one_byte, Payload::zeros, Payload::noise)),
          "wrappers") {
  const Bytes input = payload_bytes(payload);
  CHECK(inflated(deflated(input, wrapper), wrapper) == input);
}

TEST("wrappers add 2 + 4 and 10 + 8 bytes", "wrappers") {
  const Bytes input = text_bytes(2000);
  const std::size_t raw_size = deflated(input, Wrapper::raw).size();
  CHECK(deflated(input, Wrapper::zlib).size() == raw_size + 6);
  CHECK(deflated(input, Wrapper::gzip).size() == raw_size + 18);
}

TEST_EACH("a reader may detect the wrapper", (Wrapper wrapper), values(Wrapper::zlib, Wrapper::gzip), "wrappers") {
  const Bytes input = text_bytes(2000);
  CHECK(inflated(deflated(input, wrapper), detect_wrapper) == input);
}

TEST_EACH("a reader for one wrapper refuses the other", (Wrapper written, Wrapper read),
          values(std::pair(Wrapper::zlib, Wrapper::gzip), std::pair(Wrapper::gzip, Wrapper::zlib)), "wrappers") {
  CHECK_THROWS_AS(inflated(deflated(text_bytes(100), written), read), ZlibError);
}

TEST_EACH("every window size", (int bits), range(9, 16), "window") {
  Settings settings;
  settings.window_bits = bits;
  const Bytes input = text_bytes(100000);
  const Bytes packed = deflated(input, settings);
  CHECK((packed[0] >> 4) + 8 == bits);
  CHECK(inflated(packed, bits) == input);
}

TEST("the smallest window is widened, and any reader can tell", "window") {
  Settings settings;
  settings.window_bits = 8;
  const Bytes packed = deflated(text_bytes(5000), settings);
  CHECK((packed[0] >> 4) + 8 == 9);
  CHECK(inflated(packed, 0) == text_bytes(5000));
}

TEST("the smallest window is refused without a wrapper", "window") {
  Settings settings;
  settings.window_bits = -8;
  CHECK_THROWS_AS(Deflater(settings), ZlibError);
}

TEST("a reader refuses a window wider than its own", "window") {
  CHECK_THROWS_AS(inflated(deflated(text_bytes(100)), 9), ZlibError);
}

TEST("a reader may take the window from the header", "window") {
  CHECK(inflated(deflated(text_bytes(5000)), 0) == text_bytes(5000));
}

TEST("a match is found only inside the window", "window") {
  Bytes input = noise_bytes(2000);
  const Bytes again = input;
  input.insert(input.end(), again.begin(), again.end());
  Settings narrow;
  narrow.window_bits = 10;
  CHECK(deflated(input, narrow).size() > 4000);
  CHECK(deflated(input).size() < 2200);
}

TEST_EACH("every amount of memory", (int memory_level), values(1, 4, 9), "memory") {
  Settings settings;
  settings.memory_level = memory_level;
  const Bytes input = text_bytes(30000);
  CHECK(inflated(deflated(input, settings)) == input);
}

TEST_EACH("any flush between two halves", (int flush),
          values(Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK), "flush") {
  const Bytes half = text_bytes(6000);
  Bytes packed;
  Deflater deflater;
  REQUIRE(deflater.write(half, flush, packed) == Z_OK);
  REQUIRE(deflater.write(half, Z_FINISH, packed) == Z_STREAM_END);
  Bytes whole = half;
  whole.insert(whole.end(), half.begin(), half.end());
  CHECK(inflated(packed) == whole);
}

TEST_EACH("deflates in small steps", (std::size_t in_step, std::size_t out_step),
          combine(values<std::size_t>(1, 5000), values<std::size_t>(1, 7)), "steps") {
  const Bytes input = text_bytes(5000);
  Deflater deflater;
  CHECK(inflated(in_small_steps(deflater, deflate, input, in_step, out_step)) == input);
}

TEST_EACH("inflates in small steps", (std::size_t in_step, std::size_t out_step),
          combine(values<std::size_t>(1, 5000), values<std::size_t>(1, 7)), "steps") {
  const Bytes input = text_bytes(5000);
  Inflater inflater;
  CHECK(in_small_steps(inflater, inflate, deflated(input), in_step, out_step) == input);
}

TEST("a megabyte passes through a small buffer", "large") {
  const Bytes input = sparse_bytes(1000000);
  CHECK(inflated(deflated(input, Wrapper::gzip), Wrapper::gzip) == input);
}

TEST("the totals count both sides") {
  const Bytes input = text_bytes(10000);
  Bytes packed;
  Deflater deflater;
  deflater.write(input, Z_FINISH, packed);
  CHECK(deflater->total_in == input.size());
  CHECK(deflater->total_out == packed.size());
  CHECK(deflater->adler == adler32(1, input.data(), static_cast<uInt>(input.size())));
}
