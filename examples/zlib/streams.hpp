// z_stream with an owner: a Deflater and an Inflater that end their streams, and one-call forms over them.
// Thread-safety: an object belongs to one thread at a time; objects share nothing.
#pragma once

#define ZLIB_CONST
#include <zlib.h>

#include <stdexcept>
#include <string>

#include "payload.hpp"

class ZlibError : public std::runtime_error {
 public:
  ZlibError(const std::string& what, int code) : std::runtime_error(what + ": " + zError(code)), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

inline void require_ok(const char* what, int code) {
  if (code != Z_OK) {
    throw ZlibError(what, code);
  }
}

struct Settings {
  int level = Z_DEFAULT_COMPRESSION;
  int window_bits = MAX_WBITS;
  int memory_level = 8;
  int strategy = Z_DEFAULT_STRATEGY;
};

/// What `window_bits` has to be for each wrapper around the same compressed bytes.
enum class Wrapper { zlib, raw, gzip };

inline std::ostream& operator<<(std::ostream& out, Wrapper wrapper) {
  return out << (wrapper == Wrapper::zlib ? "zlib" : wrapper == Wrapper::raw ? "raw" : "gzip");
}

constexpr int window_bits_for(Wrapper wrapper, int bits = MAX_WBITS) {
  return wrapper == Wrapper::zlib ? bits : wrapper == Wrapper::raw ? -bits : bits + 16;
}

constexpr int detect_wrapper = MAX_WBITS + 32;

/// A stream in either direction: hands out the z_stream and moves bytes through it.
class Stream {
 public:
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  z_stream* get() { return &stream_; }
  z_stream* operator->() { return &stream_; }

  void feed(const unsigned char* bytes, std::size_t size) {
    stream_.next_in = bytes;
    stream_.avail_in = static_cast<uInt>(size);
  }
  void feed(const Bytes& input) { feed(input.data(), input.size()); }

 protected:
  Stream() = default;
  ~Stream() = default;

  /// Calls `step` with room for `room` bytes until it leaves room unused or does not return Z_OK.
  int drain(int (*step)(z_stream*, int), int flush, Bytes& output, std::size_t room) {
    int code = Z_OK;
    do {
      const std::size_t used = output.size();
      output.resize(used + room);
      stream_.next_out = output.data() + used;
      stream_.avail_out = static_cast<uInt>(room);
      code = step(&stream_, flush);
      output.resize(output.size() - stream_.avail_out);
    } while (code == Z_OK && stream_.avail_out == 0);
    return code;
  }

  z_stream stream_{};
};

class Deflater : public Stream {
 public:
  explicit Deflater(const Settings& settings = {}) {
    require_ok("deflateInit2", deflateInit2(&stream_, settings.level, Z_DEFLATED, settings.window_bits,
                                            settings.memory_level, settings.strategy));
  }
  ~Deflater() { deflateEnd(&stream_); }

  /// Compresses `input` and appends to `output` all that is ready. Returns deflate's last code.
  int write(const Bytes& input, int flush, Bytes& output, std::size_t room = 4096) {
    feed(input);
    return drain(deflate, flush, output, room);
  }
};

class Inflater : public Stream {
 public:
  explicit Inflater(int window_bits = MAX_WBITS) { require_ok("inflateInit2", inflateInit2(&stream_, window_bits)); }
  ~Inflater() { inflateEnd(&stream_); }

  /// Goes on with what was fed. Returns inflate's last code; Z_BUF_ERROR only says that input is used up.
  int read(Bytes& output, std::size_t room = 4096) { return drain(inflate, Z_NO_FLUSH, output, room); }
};

inline Bytes deflated(const Bytes& input, const Settings& settings = {}) {
  Bytes output;
  Deflater deflater(settings);
  const int code = deflater.write(input, Z_FINISH, output);
  if (code != Z_STREAM_END) {
    throw ZlibError("deflate", code);
  }
  return output;
}

inline Bytes deflated(const Bytes& input, Wrapper wrapper) {
  Settings settings;
  settings.window_bits = window_bits_for(wrapper);
  return deflated(input, settings);
}

/// The whole stream; throws when it is damaged or ends early.
inline Bytes inflated(const Bytes& input, int window_bits = MAX_WBITS) {
  Bytes output;
  Inflater inflater(window_bits);
  inflater.feed(input);
  const int code = inflater.read(output);
  if (code != Z_STREAM_END) {
    throw ZlibError("inflate", code);
  }
  return output;
}

inline Bytes inflated(const Bytes& input, Wrapper wrapper) { return inflated(input, window_bits_for(wrapper)); }
