// gzFile with an owner, and whole files as bytes.
// Thread-safety: an object belongs to one thread at a time.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "../temporary_file.hpp"
#include "streams.hpp"

class GzFile {
 public:
  GzFile(const TemporaryFile& file, const char* mode) : file_(gzopen(file.c_str(), mode)) {
    if (file_ == nullptr) {
      throw ZlibError("gzopen '" + file.path() + "' with mode '" + mode + "'", Z_ERRNO);
    }
  }
  ~GzFile() { close(); }
  GzFile(const GzFile&) = delete;
  GzFile& operator=(const GzFile&) = delete;

  gzFile get() const { return file_; }

  int close() {
    const gzFile file = file_;
    file_ = nullptr;
    return file == nullptr ? Z_OK : gzclose(file);
  }

  int write(const Bytes& bytes) { return gzwrite(file_, bytes.data(), static_cast<unsigned>(bytes.size())); }
  int write(const std::string& text) { return gzwrite(file_, text.data(), static_cast<unsigned>(text.size())); }

  /// Up to `size` bytes; fewer at the end; throws on an error.
  Bytes read(std::size_t size) {
    Bytes bytes(size);
    const int got = gzread(file_, bytes.data(), static_cast<unsigned>(size));
    if (got < 0) {
      throw ZlibError("gzread", error());
    }
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }

  int error() const {
    int code = Z_OK;
    gzerror(file_, &code);
    return code;
  }

 private:
  gzFile file_;
};

inline void write_gz(const TemporaryFile& file, const Bytes& bytes, const char* mode = "wb") {
  GzFile writer(file, mode);
  if (!bytes.empty() && writer.write(bytes) == 0) {
    throw ZlibError("gzwrite", writer.error());
  }
  require_ok("gzclose", writer.close());
}

inline Bytes read_gz(const TemporaryFile& file, std::size_t room = 1 << 20) { return GzFile(file, "rb").read(room); }

inline void write_plain(const TemporaryFile& file, const Bytes& bytes) {
  std::ofstream(file.path(), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline Bytes read_plain(const TemporaryFile& file) {
  std::ifstream input(file.path(), std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(input), {});
}
