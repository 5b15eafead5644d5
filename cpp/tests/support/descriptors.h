// What the test process has open and which children it has, to be compared before and after.
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace pyharness::test {

// Numbers and targets of the open descriptors of the calling thread.
std::set<std::string> open_descriptors();
// Children of this process that have not been reaped.
std::size_t child_count();

}  // namespace pyharness::test
