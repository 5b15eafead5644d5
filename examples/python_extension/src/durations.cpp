#include "durations.hpp"

#include <stdexcept>

namespace durations {
namespace {

long seconds_of(char unit) {
  switch (unit) {
    case 'h': return 3600;
    case 'm': return 60;
    case 's': return 1;
    default: throw std::invalid_argument(std::string("no unit of time: '") + unit + "'");
  }
}

}  // namespace

long parse(std::string_view text) {
  long total = 0;
  long number = -1;
  for (const char letter : text) {
    if (letter >= '0' && letter <= '9') {
      number = (number < 0 ? 0 : number) * 10 + (letter - '0');
    } else if (letter != ' ') {
      if (number < 0) {
        throw std::invalid_argument("a unit of time without a number");
      }
      total += number * seconds_of(letter);
      number = -1;
    }
  }
  if (number >= 0) {
    throw std::invalid_argument("a number without a unit of time");
  }
  return total;
}

std::string spell(long seconds) {
  if (seconds < 0) {
    return "-" + spell(-seconds);
  }
  if (seconds == 0) {
    return "0s";
  }
  std::string text;
  for (const char unit : {'h', 'm', 's'}) {
    const long count = seconds / seconds_of(unit);
    seconds %= seconds_of(unit);
    if (count > 0) {
      text += (text.empty() ? "" : " ") + std::to_string(count) + unit;
    }
  }
  return text;
}

}  // namespace durations
