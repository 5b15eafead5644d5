// gzip files, read: lines, single characters, seeking, the end, plain files, and damage.
#include <array>
#include <memory>
#include <pyharness/test.hpp>

#include "gzfile.hpp"

namespace {

/// A reader over a compressed copy of some text.
struct Poem {
  Poem() { write_gz(file, bytes_of("one\ntwo and a half\nthree")); }

  std::string line(int room = 100) {
    std::array<char, 100> buffer{};
    const char* got = gzgets(reader().get(), buffer.data(), room);
    return got == nullptr ? "(none)" : got;
  }

  /// Opened at first use, so that a case may still replace the file.
  GzFile& reader() {
    if (!reader_) {
      reader_ = std::make_unique<GzFile>(file, "rb");
    }
    return *reader_;
  }

  TemporaryFile file;

 private:
  std::unique_ptr<GzFile> reader_;
};

}  // namespace

TEST_F(Poem, "gzgets gives line after line", "lines") {
  CHECK(line() == "one\n");
  CHECK(line() == "two and a half\n");
  CHECK(line() == "three");
  CHECK(line() == "(none)");
}

TEST_F(Poem, "gzgets stops where the room ends", "lines") {
  CHECK(line(3) == "on");
  CHECK(line(3) == "e\n");
  CHECK(line(8) == "two and");
}

TEST_F(Poem, "gzgetc gives characters, then -1", "lines") {
  reader().read(23);
  CHECK(gzgetc(reader().get()) == 'e');
  CHECK(gzgetc(reader().get()) == -1);
}

// Pushed back only after something was read: before 1.3 zlib has no place for it until then.
TEST_F(Poem, "a character pushed back is read next", "unget") {
  CHECK(line() == "one\n");
  CHECK(gzungetc('>', reader().get()) == '>');
  CHECK(line() == ">two and a half\n");
}

TEST_F(Poem, "pushing back moves the position back", "unget") {
  CHECK(gzgetc(reader().get()) == 'o');
  CHECK(gztell(reader().get()) == 1);
  CHECK(gzungetc('o', reader().get()) == 'o');
  CHECK(gztell(reader().get()) == 0);
}

TEST_F(Poem, "nothing cannot be pushed back", "unget", "error") { CHECK(gzungetc(-1, reader().get()) == -1); }

TEST_F(Poem, "seeking drops a pushed-back character", "unget", "seek") {
  reader().read(1);
  gzungetc('>', reader().get());
  CHECK(gzseek(reader().get(), 4, SEEK_SET) == 4);
  CHECK(line() == "two and a half\n");
}

TEST_F(Poem, "seeking forward, back and from here", "seek") {
  CHECK(gzseek(reader().get(), 19, SEEK_SET) == 19);
  CHECK(reader().read(5) == bytes_of("three"));
  CHECK(gzseek(reader().get(), 4, SEEK_SET) == 4);
  CHECK(reader().read(3) == bytes_of("two"));
  CHECK(gzseek(reader().get(), 7, SEEK_CUR) == 14);
  CHECK(reader().read(4) == bytes_of("half"));
}

TEST_F(Poem, "seeking from the end is not offered", "seek", "error") {
  CHECK(gzseek(reader().get(), 0, SEEK_END) == -1);
}

TEST_F(Poem, "seeking before the start is refused", "seek", "error") {
  CHECK(gzseek(reader().get(), -1, SEEK_SET) == -1);
}

TEST_F(Poem, "gzrewind starts again", "seek") {
  reader().read(10);
  REQUIRE(gzrewind(reader().get()) == 0);
  CHECK(gztell(reader().get()) == 0);
  CHECK(line() == "one\n");
}

TEST_F(Poem, "the end is known only after reading beyond it", "end") {
  reader().read(24);
  CHECK(gzeof(reader().get()) == 0);
  CHECK(reader().read(1).empty());
  CHECK(gzeof(reader().get()) == 1);
}

TEST_F(Poem, "gzrewind forgets the end", "end") {
  reader().read(100);
  REQUIRE(gzeof(reader().get()) == 1);
  gzrewind(reader().get());
  CHECK(gzeof(reader().get()) == 0);
}

TEST_F(Poem, "gzoffset counts compressed bytes", "seek") {
  reader().read(100);
  CHECK(static_cast<std::size_t>(gzoffset(reader().get())) == read_plain(file).size());
}

TEST_F(Poem, "gzfread counts whole items", "read") {
  std::array<char, 30> buffer{};
  CHECK(gzfread(buffer.data(), 5, 6, reader().get()) == 4);
  CHECK(std::string(buffer.data()) == "one\ntwo and a half\nthree");
}

TEST_F(Poem, "a compressed file is not read directly", "direct") { CHECK(gzdirect(reader().get()) == 0); }

TEST_F(Poem, "a plain file is read as it is", "direct") {
  write_plain(file, bytes_of("plain\ntext"));
  CHECK(gzdirect(reader().get()) == 1);
  CHECK(line() == "plain\n");
  CHECK(gzseek(reader().get(), 1, SEEK_SET) == 1);
  CHECK(line() == "lain\n");
}

TEST_F(Poem, "an empty file reads as nothing", "direct") {
  write_plain(file, {});
  CHECK(reader().read(10).empty());
  CHECK(gzeof(reader().get()) == 1);
  CHECK(reader().close() == Z_OK);
}

TEST_F(Poem, "a reader cannot be written", "error") {
  CHECK(reader().write(std::string("x")) == 0);
  CHECK(gzputc(reader().get(), 'x') == -1);
  CHECK(gzflush(reader().get(), Z_SYNC_FLUSH) == Z_STREAM_ERROR);
  CHECK(gzclose_w(reader().get()) == Z_STREAM_ERROR);
}

TEST_F(Poem, "junk after the stream is ignored", "damage") {
  Bytes bytes = read_plain(file);
  bytes.insert(bytes.end(), {'j', 'u', 'n', 'k'});
  write_plain(file, bytes);
  CHECK(reader().read(100) == bytes_of("one\ntwo and a half\nthree"));
}

TEST_F(Poem, "a file cut short gives what there is, then an error", "damage") {
  write_gz(file, text_bytes(20000));
  Bytes bytes = read_plain(file);
  bytes.resize(bytes.size() / 2);
  write_plain(file, bytes);
  const Bytes got = reader().read(20000);
  CHECK(got.size() > 1000);
  CHECK(got.size() < 20000);
  CHECK(reader().error() == Z_BUF_ERROR);
  CHECK(reader().close() == Z_BUF_ERROR);
}

TEST_F(Poem, "a wrong checksum is an error until it is cleared", "damage") {
  Bytes bytes = read_plain(file);
  bytes[bytes.size() - 8] ^= 1u;
  write_plain(file, bytes);
  CHECK_THROWS_AS(reader().read(100), ZlibError);
  CHECK(reader().error() == Z_DATA_ERROR);
  gzclearerr(reader().get());
  CHECK(reader().error() == Z_OK);
}

TEST("a file that does not exist cannot be opened", "error") {
  const TemporaryFile file;
  CHECK(gzopen((file.path() + "-missing").c_str(), "rb") == nullptr);
}

TEST_EACH("any buffer size reads the same", (unsigned size), values(1u, 9u, 1000u, 200000u), "buffer") {
  const TemporaryFile file;
  write_gz(file, text_bytes(50000));
  GzFile reader(file, "rb");
  REQUIRE(gzbuffer(reader.get(), size) == 0);
  CHECK(reader.read(60000) == text_bytes(50000));
}
