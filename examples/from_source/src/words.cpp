#include <algorithm>

#include "text.hpp"

namespace text {

std::vector<std::string> words(std::string_view whole) {
  std::vector<std::string> found;
  for (const std::string& part : split(replace_all(replace_all(whole, "\n", " "), "\t", " "), ' ')) {
    if (!part.empty()) found.push_back(part);
  }
  return found;
}

std::vector<std::string> wrap(std::string_view whole, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : words(whole)) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
      lines.push_back(word);
    } else {
      lines.back() += " " + word;
    }
  }
  return lines;
}

bool is_palindrome(std::string_view whole) {
  std::string letters;
  for (const char letter : lower(whole)) {
    if (letter >= 'a' && letter <= 'z') letters += letter;
  }
  return std::equal(letters.begin(), letters.end(), letters.rbegin());
}

std::string caesar(std::string_view whole, int shift) {
  std::string coded(whole);
  for (char& letter : coded) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>('a' + ((letter - 'a' + shift) % 26 + 26) % 26);
  }
  return coded;
}

}  // namespace text
