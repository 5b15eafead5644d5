// What several tests of this folder, but not all of them, look at.
#pragma once

#include <string>

inline const std::string pangram = "The quick brown fox\njumps over\tthe  lazy dog";
