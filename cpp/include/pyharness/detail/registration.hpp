// How TEST, TEST_F and TEST_EACH enter their cases into the registry of the library.
// Thread-safety: constructors run on the loading thread; `run` is called by many threads and only reads.
#ifndef PYHARNESS_DETAIL_REGISTRATION_HPP
#define PYHARNESS_DETAIL_REGISTRATION_HPP

#pragma GCC system_header

#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "pyharness/detail/assertion.hpp"

namespace pyharness {

/// A limit for one case, instead of the run's `--timeout`; `timeout(0s)` means none. Parts of a millisecond count up.
struct timeout {
  template <class Rep, class Period>
  explicit constexpr timeout(std::chrono::duration<Rep, Period> limit)
      : limit_ms(static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(limit).count())) {}
  std::uint64_t limit_ms;
};
/// How far the case is kept apart from others, instead of what its suite says.
enum class isolation : std::uint32_t {
  thread = PYHARNESS_ISOLATION_THREAD,    ///< on a thread, beside others of its process
  process = PYHARNESS_ISOLATION_PROCESS,  ///< alone in a process, which other cases have had before
  per_case = PYHARNESS_ISOLATION_CASE,    ///< in a process of its own (`--isolation case`)
};
/// The case takes the place of so many workers, because it starts threads of its own; more than there are means all.
struct threads_required {
  explicit constexpr threads_required(std::uint32_t count) : count(count) {}
  std::uint32_t count;
};
struct serial_option {};
struct disabled_option {};
/// The case runs while no other case runs.
PYHARNESS_DETAIL_HIDDEN inline constexpr serial_option serial{};
/// The case runs only on request (`--run-disabled`).
PYHARNESS_DETAIL_HIDDEN inline constexpr disabled_option disabled{};

/// The numbers from `first` up to, but without, `past`.
template <class T>
std::vector<T> range(T first, T past) {
  std::vector<T> numbers;
  for (; first < past; ++first) {
    numbers.push_back(first);
  }
  return numbers;
}

/// The given values, as parameters of TEST_EACH.
template <class First, class... Rest>
auto values(First&& first, Rest&&... rest) {
  return std::vector<std::common_type_t<std::decay_t<First>, std::decay_t<Rest>...>>{std::forward<First>(first),
                                                                                     std::forward<Rest>(rest)...};
}

/// Every combination of one value from each range; TEST_EACH hands the values over as arguments.
template <class Range>
auto combine(const Range& only) {
  std::vector<std::tuple<std::decay_t<decltype(*std::begin(only))>>> tuples;
  for (const auto& value : only) {
    tuples.emplace_back(value);
  }
  return tuples;
}
template <class First, class... Rest>
auto combine(const First& first, const Rest&... rest) {
  const auto tails = combine(rest...);
  std::vector<decltype(std::tuple_cat(combine(first).front(), tails.front()))> tuples;
  for (const auto& head : combine(first)) {
    for (const auto& tail : tails) {
      tuples.push_back(std::tuple_cat(head, tail));
    }
  }
  return tuples;
}

namespace detail {

struct NoOption {};

/// What is known of a test before its parameters are.
struct PYHARNESS_DETAIL_HIDDEN Declared {
  Declared(const char* prefix, Site site, std::string name) : name(std::move(name)), prefix(prefix), site(site) {}

  void apply(const char* tag) { tags += (tags.empty() ? "" : " ") + std::string(tag); }
  void apply(timeout limit) { timeout_ms = limit.limit_ms; }
  void apply(serial_option /*on*/) { flags |= PYHARNESS_CASE_SERIAL; }
  void apply(NoOption /*nothing*/) {}
  void apply(disabled_option /*on*/) { flags |= PYHARNESS_CASE_DISABLED; }
  void apply(isolation level) { isolation_level = static_cast<std::uint32_t>(level); }
  void apply(threads_required required) { threads = required.count; }

  // The prefix does not make a name of none: a case without a name is refused.
  std::string with_prefix(const std::string& own_name) const { return own_name.empty() ? "" : prefix + own_name; }

  pyharness_case describe(const char* shown_name) const {
    return {shown_name, site.file, site.line, flags, timeout_ms, tags.c_str(), isolation_level, threads};
  }

  std::string name;
  const char* prefix;
  Site site;
  std::string tags;
  std::uint64_t timeout_ms = PYHARNESS_TIMEOUT_DEFAULT;
  std::uint32_t flags = 0;
  std::uint32_t isolation_level = PYHARNESS_ISOLATION_AUTO;
  std::uint32_t threads = 0;
};

template <class... Options>
Declared declared(const char* prefix, Site site, const char* name, const Options&... options) {
  Declared test(prefix, site, name);
  (test.apply(options), ...);
  return test;
}

/// Links an object with count(), describe(i), run(i) into the registry. Must live as long as the library.
template <class Source>
void enlist(pyharness_source& link, const Source* source) {
  link.self = source;
  link.count = [](const void* self, const char** error) { return static_cast<const Source*>(self)->count(error); };
  link.describe = [](const void* self, std::size_t index, pyharness_case* out) {
    *out = static_cast<const Source*>(self)->describe(index);
  };
  link.run = [](const void* self, std::size_t index) { static_cast<const Source*>(self)->run(index); };
  pyharness_register(&link);
}

/// A test without parameters.
class PYHARNESS_DETAIL_HIDDEN SingleTest {
 public:
  SingleTest(void (*body)(), Declared test)
      : body_(body), test_(std::move(test)), name_(test_.with_prefix(test_.name)) {
    enlist(link_, this);
  }
  SingleTest(const SingleTest&) = delete;
  SingleTest& operator=(const SingleTest&) = delete;

  std::size_t count(const char** /*error*/) const { return 1; }
  pyharness_case describe(std::size_t /*index*/) const { return test_.describe(name_.c_str()); }
  void run(std::size_t /*index*/) const { run_guarded(test_.site, body_); }

 private:
  void (*body_)();
  Declared test_;
  std::string name_;
  pyharness_source link_{};
};

/// The parameters' text as it stands in a case's name: short, and without line ends.
inline std::string parameter_name(const std::string& shown, std::size_t index) {
  constexpr std::size_t longest = 60;
  const bool quoted_text = shown.size() >= 2 && shown.front() == '"' && shown.back() == '"';
  const bool tuple_text = shown.size() >= 2 && shown.front() == '(' && shown.back() == ')';
  const std::string text = quoted_text || tuple_text ? shown.substr(1, shown.size() - 2) : shown;
  const bool usable = !text.empty() && text.size() <= longest && text.find('\n') == std::string::npos;
  return usable ? text : std::to_string(index);
}

template <class Value>
std::string value_name(const Value& value, std::size_t index) {
  constexpr bool says_something = is_streamable<Value>::value || is_range<Value>::value ||
                                  is_tuple_like<Value>::value || is_optional_like<Value>::value ||
                                  std::is_enum_v<Value>;
  return says_something ? parameter_name(stringify(value), index) : std::to_string(index);
}

/// A test with parameters: a case for each element of what `generate` returns. The elements are made when the suite
/// is listed, not in a constructor, so that they may use anything that has to be constructed first.
/// `Body` takes the parts of an element as `arity` arguments.
template <class Body, class Generate, std::size_t arity>
class PYHARNESS_DETAIL_HIDDEN ParameterTest {
 public:
  using Values = std::decay_t<decltype(std::declval<Generate>()())>;

  ParameterTest(Body body, Generate generate, Declared test)
      : body_(std::move(body)), generate_(std::move(generate)), test_(std::move(test)) {
    enlist(link_, this);
  }
  ParameterTest(const ParameterTest&) = delete;
  ParameterTest& operator=(const ParameterTest&) = delete;

  std::size_t count(const char** error) const {
    try {
      std::map<std::string, std::size_t> seen;
      for (auto&& value : generate_()) {
        std::string name = value_name(value, values_.size());
        const std::size_t before = seen[name]++;
        const std::string number = before == 0 ? "" : "#" + std::to_string(before);
        names_.push_back(test_.with_prefix(test_.name + "[" + name + number + "]"));
        values_.push_back(std::forward<decltype(value)>(value));
      }
      if (values_.empty()) {
        names_.push_back(test_.with_prefix(test_.name));  // a test over nothing is seen to be skipped, not lost
      }
      return names_.size();
    } catch (...) {
      error_ = "the parameters of case '" + test_.with_prefix(test_.name) + "' threw " + current_exception_text();
      *error = error_.c_str();
      return 0;
    }
  }
  pyharness_case describe(std::size_t index) const { return test_.describe(names_[index].c_str()); }
  void run(std::size_t index) const {
    if (values_.empty()) {
      note_skip(test_.site, "there are no parameters to run it with");
      return;
    }
    run_guarded(test_.site, [&] { call(values_[index]); });
  }

 private:
  using Value = std::decay_t<decltype(*std::begin(std::declval<Values&>()))>;

  void call(const Value& value) const {
    if constexpr (arity == 1) {
      body_(value);
    } else {
      std::apply(body_, value);
    }
  }

  Body body_;
  Generate generate_;
  Declared test_;
  pyharness_source link_{};
  // Filled once, by count(): the values stay where they are, names are handed out by address.
  mutable std::deque<Value> values_;
  mutable std::deque<std::string> names_;
  mutable std::string error_;
};

/// A source whose body is a function.
template <class... Parameters, class Generate>
auto parameter_test(void (*body)(Parameters...), Generate generate, Declared test) {
  return ParameterTest<decltype(body), Generate, sizeof...(Parameters)>(body, std::move(generate), std::move(test));
}

/// A source whose body is a member of a fixture, which is constructed before and destroyed after each case.
template <class Fixture, class... Parameters, class Generate>
auto parameter_test(void (Fixture::*body)(Parameters...), Generate generate, Declared test) {
  const auto call = [body](const auto&... parts) {
    Fixture fixture;
    (fixture.*body)(parts...);
  };
  return ParameterTest<decltype(call), Generate, sizeof...(Parameters)>(call, std::move(generate), std::move(test));
}

}  // namespace detail
}  // namespace pyharness

#endif
