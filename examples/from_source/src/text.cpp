#include "text.hpp"

#include <stdexcept>

namespace text {

std::string trim(std::string_view whole) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = whole.find_first_not_of(blanks);
  return first == std::string_view::npos ? ""
                                         : std::string(whole.substr(first, whole.find_last_not_of(blanks) - first + 1));
}

std::string lower(std::string_view whole) {
  std::string changed(whole);
  for (char& letter : changed) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return changed;
}

std::vector<std::string> split(std::string_view whole, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = whole.find(separator); at != std::string_view::npos; at = whole.find(separator)) {
    parts.emplace_back(whole.substr(0, at));
    whole.remove_prefix(at + 1);
  }
  parts.emplace_back(whole);
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string whole;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) whole += between;
    whole += part;
  }
  return whole;
}

std::string replace_all(std::string_view whole, std::string_view from, std::string_view to) {
  if (from.empty()) throw std::invalid_argument("nothing to look for");
  std::string changed(whole);
  for (std::size_t at = changed.find(from); at != std::string::npos; at = changed.find(from, at + to.size())) {
    changed.replace(at, from.size(), to);
  }
  return changed;
}

}  // namespace text
