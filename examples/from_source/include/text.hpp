// Text as people write it. Only ASCII letters have cases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace text {

std::string trim(std::string_view whole);  // without white space at its ends
std::string lower(std::string_view whole);
std::vector<std::string> split(std::string_view whole, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view between);
std::string replace_all(std::string_view whole, std::string_view from, std::string_view to);  // `from` is not empty

std::vector<std::string> words(std::string_view whole);
std::vector<std::string> wrap(std::string_view whole, std::size_t width);  // a longer word has a line for itself
bool is_palindrome(std::string_view whole);                                // of its letters, in any case
std::string caesar(std::string_view whole, int shift);                     // of lower-case letters

}  // namespace text
