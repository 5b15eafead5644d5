#pragma once

#include <string>
#include <string_view>

// Spans of time as people write them: "1h 30m", "45s".
namespace durations {

// Returns seconds. Throws std::invalid_argument where the text is no span of time.
long parse(std::string_view text);

// Returns the shortest text that `parse` reads as these seconds.
std::string spell(long seconds);

}  // namespace durations
