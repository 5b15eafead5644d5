// Bytes to compress: kinds that stress different paths of the compressor, the same on every run and machine.
// Thread-safety: no state.
#pragma once

#include <cstddef>
#include <ostream>
#include <random>
#include <string_view>
#include <vector>

using Bytes = std::vector<unsigned char>;

enum class Payload { empty, one_byte, zeros, text, noise, sparse };

inline std::ostream& operator<<(std::ostream& out, Payload payload) {
  constexpr std::string_view names[] = {"empty", "one byte", "zeros", "text", "noise", "sparse"};
  return out << names[static_cast<std::size_t>(payload)];
}

inline Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

/// Sentences of common words: many matches at many distances.
inline Bytes text_bytes(std::size_t size) {
  constexpr std::string_view words[] = {"the ", "stream ",   "of ",      "symbols ", "repeats ", "itself, ",
                                        "but ", "never ",    "in ",      "quite ",   "same ",    "order",
                                        ". ",   "compress ", "window\n", "length "};
  std::mt19937 random(7);
  Bytes bytes;
  while (bytes.size() < size) {
    const std::string_view word = words[random() % 16];
    bytes.insert(bytes.end(), word.begin(), word.end());
  }
  bytes.resize(size);
  return bytes;
}

inline Bytes noise_bytes(std::size_t size) {
  std::mt19937 random(11);
  Bytes bytes(size);
  for (unsigned char& byte : bytes) {
    byte = static_cast<unsigned char>(random() >> 24);
  }
  return bytes;
}

/// Zeros with a rare random byte: long matches of distance one, broken at odd places.
inline Bytes sparse_bytes(std::size_t size) {
  std::mt19937 random(13);
  Bytes bytes(size, 0);
  for (std::size_t at = random() % 300; at < size; at += 1 + random() % 300) {
    bytes[at] = static_cast<unsigned char>(random() >> 24);
  }
  return bytes;
}

inline Bytes payload_bytes(Payload payload, std::size_t size = 20000) {
  switch (payload) {
    case Payload::empty: return {};
    case Payload::one_byte: return {'z'};
    case Payload::zeros: return Bytes(size, 0);
    case Payload::text: return text_bytes(size);
    case Payload::noise: return noise_bytes(size);
    case Payload::sparse: return sparse_bytes(size);
  }
  return {};
}
