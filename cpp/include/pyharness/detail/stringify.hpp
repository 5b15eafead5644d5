// Turns values into text for failure messages and for the names of parameterised cases. Thread-safe: no state.
#ifndef PYHARNESS_DETAIL_STRINGIFY_HPP
#define PYHARNESS_DETAIL_STRINGIFY_HPP

#pragma GCC system_header

#include <cstddef>
#include <cstdio>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pyharness::detail {

inline constexpr std::size_t shown_elements = 32;
inline constexpr std::size_t shown_bytes = 4096;

template <class T, class = void>
struct is_streamable : std::false_type {};
template <class T>
struct is_streamable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

template <class T, class = void>
struct is_range : std::false_type {};
template <class T>
struct is_range<
    T, std::void_t<decltype(std::begin(std::declval<const T&>())), decltype(std::end(std::declval<const T&>()))>>
    : std::true_type {};

template <class T, class = void>
struct is_tuple_like : std::false_type {};
template <class T>
struct is_tuple_like<T, std::void_t<decltype(std::tuple_size<T>::value)>> : std::true_type {};

template <class T, class = void>
struct is_optional_like : std::false_type {};
template <class T>
struct is_optional_like<
    T, std::void_t<decltype(std::declval<const T&>().has_value()), decltype(*std::declval<const T&>())>>
    : std::true_type {};

/// `text` in double quotes, with what cannot be seen written as an escape.
inline std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, shown_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    char escape[8];
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          std::snprintf(escape, sizeof escape, "\\x%02x", byte);
          out += escape;
        } else {
          out += c;
        }
    }
  }
  out += text.size() > shown_bytes ? "\" and " + std::to_string(text.size() - shown_bytes) + " bytes more" : "\"";
  return out;
}

template <class T>
std::string stringify(const T& value);

template <class Range>
std::string stringify_range(const Range& range) {
  std::string out = "{";
  std::size_t shown = 0;
  for (const auto& element : range) {
    if (shown == shown_elements) {
      out += ", ...";
      break;
    }
    out += (shown++ == 0 ? "" : ", ") + stringify(element);
  }
  return out + "}";
}

template <class Tuple>
std::string stringify_tuple(const Tuple& tuple) {
  return std::apply(
      [](const auto&... element) {
        std::string out;
        ((out += (out.empty() ? "" : ", ") + stringify(element)), ...);
        return "(" + out + ")";
      },
      tuple);
}

/// The value as a reader expects it: strings quoted, containers element by element, anything with `operator<<`
/// through that, enumerations by number. Of other types only the size is known.
template <class T>
std::string stringify(const T& value) {
  using Value = std::decay_t<T>;
  if constexpr (std::is_same_v<Value, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<Value, std::nullptr_t>) {
    return "nullptr";
  } else if constexpr (std::is_same_v<Value, char>) {
    const std::string text = in_quotes(std::string_view(&value, 1));
    return "'" + text.substr(1, text.size() - 2) + "'";
  } else if constexpr (std::is_same_v<Value, signed char> || std::is_same_v<Value, unsigned char>) {
    return std::to_string(static_cast<int>(value));
  } else if constexpr (std::is_same_v<Value, char*> || std::is_same_v<Value, const char*>) {
    return static_cast<const char*>(value) == nullptr ? "nullptr" : in_quotes(static_cast<const char*>(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return in_quotes(value);
  } else if constexpr (std::is_floating_point_v<Value>) {
    std::ostringstream out;
    out.precision(std::numeric_limits<Value>::max_digits10);
    out << value;
    return out.str();
  } else if constexpr (std::is_pointer_v<Value> && std::is_function_v<std::remove_pointer_t<Value>>) {
    return value == nullptr ? "nullptr" : "function";
  } else if constexpr (std::is_pointer_v<Value>) {
    std::ostringstream out;
    out << static_cast<const volatile void*>(value);
    return value == nullptr ? "nullptr" : out.str();
  } else if constexpr (is_streamable<T>::value) {
    std::ostringstream out;
    out << value;
    return out.str();
  } else if constexpr (std::is_enum_v<Value>) {
    return std::to_string(static_cast<long long>(value));
  } else if constexpr (is_range<T>::value) {
    return stringify_range(value);
  } else if constexpr (is_tuple_like<Value>::value) {
    return stringify_tuple(value);
  } else if constexpr (is_optional_like<Value>::value) {
    return value.has_value() ? stringify(*value) : "nullopt";
  } else {
    return "{" + std::to_string(sizeof(T)) + "-byte object}";
  }
}

}  // namespace pyharness::detail

#endif
