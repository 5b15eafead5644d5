// gzip files, written: modes, ways to put bytes in, seeking forward, flushing, appending, refusals.
#include <fcntl.h>

#include <cstdint>
#include <pyharness/test.hpp>

#include "gzfile.hpp"

TEST_EACH("what was written comes back, in every mode", (const char* mode),
          values("wb", "wb0", "wb9", "wb6f", "wb6h", "wb1R", "wbT"), "modes") {
  const TemporaryFile file;
  write_gz(file, text_bytes(50000), mode);
  CHECK(read_gz(file) == text_bytes(50000));
}

TEST("mode T writes the bytes as they are", "modes") {
  const TemporaryFile file;
  write_gz(file, bytes_of("as it is"), "wbT");
  CHECK(read_plain(file) == bytes_of("as it is"));
}

TEST("the file is a gzip stream", "modes") {
  const TemporaryFile file;
  write_gz(file, text_bytes(3000));
  CHECK(inflated(read_plain(file), Wrapper::gzip) == text_bytes(3000));
}

TEST("appending adds a second stream that reads as one file", "modes") {
  const TemporaryFile file;
  write_gz(file, bytes_of("first, "));
  write_gz(file, bytes_of("second"), "ab");
  CHECK(read_gz(file) == bytes_of("first, second"));
}

TEST("writing again starts an empty file", "modes") {
  const TemporaryFile file;
  write_gz(file, text_bytes(1000));
  write_gz(file, bytes_of("short"));
  CHECK(read_gz(file) == bytes_of("short"));
}

TEST("a file without content is still a gzip stream", "modes") {
  const TemporaryFile file;
  write_gz(file, {});
  CHECK(inflated(read_plain(file), Wrapper::gzip).empty());
}

TEST_EACH("refuses a mode without sense", (const char* mode), values("", "b", "q", "r+", "rT"), "modes", "error") {
  const TemporaryFile file;
  CHECK_THROWS_AS(GzFile(file, mode), ZlibError);
}

TEST("exclusive mode refuses a file that exists", "modes", "error") {
  const TemporaryFile file;
  CHECK_THROWS_AS(GzFile(file, "wbx"), ZlibError);
}

TEST("a descriptor becomes a gzip file", "modes") {
  const TemporaryFile file;
  const int descriptor = open(file.c_str(), O_WRONLY);
  REQUIRE(descriptor >= 0);
  const gzFile writer = gzdopen(descriptor, "wb");
  REQUIRE(writer != nullptr);
  CHECK(gzputs(writer, "through a descriptor") == 20);
  CHECK(gzclose(writer) == Z_OK);
  CHECK(read_gz(file) == bytes_of("through a descriptor"));
}

TEST("characters, strings and formats add up", "write") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  CHECK(gzputc(writer.get(), 'a') == 'a');
  CHECK(gzputs(writer.get(), "bc") == 2);
  CHECK(gzprintf(writer.get(), "%d-%s", 42, "x") == 4);
  REQUIRE(writer.close() == Z_OK);
  CHECK(read_gz(file) == bytes_of("abc42-x"));
}

TEST("gzprintf refuses more than its buffer holds", "write", "error") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  REQUIRE(gzbuffer(writer.get(), 64) == 0);
  CHECK(gzprintf(writer.get(), "%s", std::string(200, 'x').c_str()) <= 0);
}

TEST("gzfwrite counts items", "write") {
  const TemporaryFile file;
  const std::uint32_t numbers[] = {1, 2, 3, 4, 5};
  GzFile writer(file, "wb");
  CHECK(gzfwrite(numbers, sizeof numbers[0], 5, writer.get()) == 5);
  REQUIRE(writer.close() == Z_OK);
  CHECK(read_gz(file).size() == sizeof numbers);
}

TEST_EACH("any buffer size will do", (unsigned size), values(1u, 9u, 1000u, 200000u), "buffer") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  REQUIRE(gzbuffer(writer.get(), size) == 0);
  CHECK(writer.write(text_bytes(100000)) == 100000);
  REQUIRE(writer.close() == Z_OK);
  CHECK(read_gz(file) == text_bytes(100000));
}

TEST("the buffer is fixed by the first write", "buffer", "error") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  writer.write(std::string("x"));
  CHECK(gzbuffer(writer.get(), 1000) == -1);
}

TEST("seeking forward writes zeros", "seek") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  writer.write(std::string("ab"));
  CHECK(gzseek(writer.get(), 3, SEEK_CUR) == 5);
  CHECK(gztell(writer.get()) == 5);
  writer.write(std::string("c"));
  REQUIRE(writer.close() == Z_OK);
  CHECK(read_gz(file) == Bytes{'a', 'b', 0, 0, 0, 'c'});
}

TEST("seeking back in a writer is refused", "seek", "error") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  writer.write(std::string("abc"));
  CHECK(gzseek(writer.get(), 1, SEEK_SET) == -1);
  CHECK(gzrewind(writer.get()) == -1);
}

TEST("flushed bytes can be read before the file is closed", "flush") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  writer.write(std::string("visible"));
  REQUIRE(gzflush(writer.get(), Z_SYNC_FLUSH) == Z_OK);
  GzFile reader(file, "rb");
  CHECK(reader.read(7) == bytes_of("visible"));
}

TEST("level and strategy may change on the way", "params") {
  const TemporaryFile file;
  GzFile writer(file, "wb1");
  writer.write(text_bytes(20000));
  REQUIRE(gzsetparams(writer.get(), 9, Z_FILTERED) == Z_OK);
  writer.write(text_bytes(20000));
  REQUIRE(writer.close() == Z_OK);
  Bytes twice = text_bytes(20000);
  twice.insert(twice.end(), twice.begin(), twice.begin() + 20000);
  CHECK(read_gz(file) == twice);
}

TEST("a writer cannot be read", "error") {
  const TemporaryFile file;
  GzFile writer(file, "wb");
  CHECK_THROWS_AS(writer.read(1), ZlibError);
  CHECK(gzgetc(writer.get()) == -1);
  char line[8];
  CHECK(gzgets(writer.get(), line, sizeof line) == nullptr);
  CHECK(gzclose_r(writer.get()) == Z_STREAM_ERROR);
}
