// Standard output of this process, past whatever buffer a library keeps for it.
// Thread-safety: any thread; what several write at once may mix. Blocks while the reader is behind.
#pragma once

#include <string_view>

namespace pyharness::os {

// Writes all of it, unless a signal comes while the reader is behind: then whoever handles it must have its turn. What
// nobody can take (the reader has gone away, the disk is full) is lost: who prints the verdicts there meets the same
// error, and tells it.
void write_out(std::string_view text);

}  // namespace pyharness::os
