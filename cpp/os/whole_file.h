// Files that are there as a whole or not at all.
// Thread-safety: one writer of a path at a time.
#pragma once

#include <string>
#include <string_view>

namespace pyharness::os {

// Writes beside it and renames; readable by others as the umask says. Throws std::system_error; then nothing is left.
void write_whole_file(const std::string& path, std::string_view content);

}  // namespace pyharness::os
