// Standard output of this process, past whatever buffer a library keeps for it.
// Thread-safety: any thread; what several write at once may mix. Blocks while the reader is behind, within a limit.
#pragma once

#include <cstdint>
#include <string_view>

namespace pyharness::os {

// Writes all of it, or returns false, and the rest is lost: the reader has taken nothing for so long; a signal has come
// while it was behind, and whoever handles it must have its turn; or nobody can take it (the reader has gone away, the
// disk is full), which those meet and tell who print the verdicts there.
bool write_out(std::string_view text, std::uint32_t patience_ms);

}  // namespace pyharness::os
