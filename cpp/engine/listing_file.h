// What came of loading a library, kept in a file: made by `pyharness-host list` while suites are built, read by the
// run. Thread-safety: pure functions, but for list_into. Written and read by one build of pyharness, see wire.h; what
// another has written is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/host_process.h"

namespace pyharness {

std::string encode_loaded(const LoadedLibrary& loaded);
// `library`: its path, which may have been written as another one. Throws std::runtime_error when it is no such file,
// or one of another version.
LoadedLibrary decode_loaded(std::string_view bytes, const std::string& library);

// Tells listings apart, as far as a run is concerned; never 0. The path does not count.
std::uint64_t fingerprint_of(const SuiteListing& listing);

// Loads a library in a host of its own, at most `limit_ms` (0: any time), and writes what came of it to `file`, as a
// whole or not at all. Blocks meanwhile. Throws std::system_error where it cannot be written.
void list_into(const std::string& host_program, const std::string& library, std::uint32_t limit_ms,
               const std::string& file);

}  // namespace pyharness
