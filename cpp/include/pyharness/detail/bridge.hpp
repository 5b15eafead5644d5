// What the bridges to other frameworks share: a framework's cases as a source of the library's registry.
//
// Included by pyharness/googletest.hpp, catch2.hpp and doctest.hpp, which stand in one source file of a library. So all
// of it is local to that file: nothing can be shared with another suite. Thread-safety: cases are listed once, by the
// loading thread. These frameworks run one case at a time, so `run` waits for its turn where a run has more than one
// thread in spite of what the suite declares.
#ifndef PYHARNESS_DETAIL_BRIDGE_HPP
#define PYHARNESS_DETAIL_BRIDGE_HPP

#pragma GCC system_header

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pyharness/detail/assertion.hpp"
#include "pyharness/detail/kept_apart.hpp"
#include "pyharness/detail/registry.h"

namespace pyharness::bridge {
namespace {

// One case as its framework knows it.
struct Case {
  std::vector<std::string> forms;  // of its name, from plain to full: it gets the first that no other case has
  std::string file;
  std::uint32_t line = 0;
  std::string tags;  // words, separated by blanks
  bool disabled = false;
};

class Framework {
 public:
  virtual std::string why_shared() const = 0;  // with other suites of the process; empty: it is this library's own
  virtual std::vector<Case> list() = 0;
  virtual void run(std::size_t index, const std::string& name) = 0;  // in its list; as the suite calls it

 protected:
  ~Framework() = default;
};

constexpr const char* blanks = " \t\r\n\v\f";

// A name without blanks around it and without control characters.
inline std::string in_one_line(const std::string& name) {
  const std::size_t first = name.find_first_not_of(blanks);
  if (first == std::string::npos) {
    return "unnamed";
  }
  std::string line;
  for (const char character : name.substr(first, name.find_last_not_of(blanks) - first + 1)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7f) {
      line += character;
    } else if (character == '\t' || character == '\r' || character == '\n') {
      line += character == '\t' ? "\\t" : character == '\r' ? "\\r" : "\\n";
    } else {
      constexpr const char* digits = "0123456789ABCDEF";
      line += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
    }
  }
  return line;
}

// Adds what tells a name from the same one elsewhere.
inline std::string with_place(const std::string& name, const std::string& file, std::uint32_t line) {
  return name + " (" + file.substr(file.find_last_of('/') + 1) + ":" + std::to_string(line) + ")";
}

// A text as one word.
inline std::string as_tag(const std::string& text) {
  std::string word;
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string::npos;) {
    const std::size_t end = text.find_first_of(blanks, at);
    word += (word.empty() ? "" : "-") + text.substr(at, end - at);
    at = text.find_first_not_of(blanks, end);
  }
  return word;
}

// Programs of the frameworks get their names by the same rule, so that a case is called the same either way.
inline std::vector<std::string> distinct_names(const std::vector<Case>& cases) {
  std::vector<std::map<std::string, std::size_t>> counts;
  for (const Case& one : cases) {
    counts.resize(one.forms.size());
    for (std::size_t form = 0; form < counts.size(); ++form) {
      ++counts[form][one.forms[form]];
    }
  }
  std::map<std::string, std::size_t> seen;
  std::vector<std::string> names;
  for (const Case& one : cases) {
    std::size_t form = 0;
    while (form + 1 < counts.size() && counts[form][one.forms[form]] > 1) {
      ++form;
    }
    const std::size_t number = ++seen[one.forms[form]];
    names.push_back(one.forms[form] + (number == 1 ? "" : " #" + std::to_string(number)));
  }
  return names;
}

// Lines of a failure's message; empty ones are left out.
inline std::string joined(const std::vector<std::string>& lines, const char* between = "\n") {
  std::string text;
  for (const std::string& line : lines) {
    text += (text.empty() || line.empty() ? "" : between) + line;
  }
  return text;
}

inline void report_failure(const char* file, std::uint32_t line, const std::string& message) {
  pyharness_report_here(PYHARNESS_REPORT_FAILURE, file, line, message.data(), message.size());
}

inline void report_skip(const char* file, std::uint32_t line, const std::string& message) {
  pyharness_report_here(PYHARNESS_REPORT_SKIP, file, line, message.data(), message.size());
}

// Makes the cases of a framework cases of the library. Static: it has to live as long as the library.
class Source {
 public:
  explicit Source(Framework& framework) : framework_(&framework) {
    link_.self = this;
    link_.count = [](const void* self, const char** error) { return of(self).count(error); };
    link_.describe = [](const void* self, std::size_t index, pyharness_case* out) { *out = of(self).describe(index); };
    link_.run = [](const void* self, std::size_t index) { of(self).run(index); };
    pyharness_register(&link_);
    if (pyharness_registry.isolation == PYHARNESS_ISOLATION_AUTO) {
      pyharness_registry.isolation = PYHARNESS_ISOLATION_PROCESS;
    }
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 private:
  static Source& of(const void* self) { return *static_cast<Source*>(const_cast<void*>(self)); }

  std::size_t count(const char** error) {
    try {
      error_ = framework_->why_shared();
      if (error_.empty()) {
        cases_ = framework_->list();
        names_ = distinct_names(cases_);
        return cases_.size();
      }
    } catch (...) {
      error_ = "its cases could not be listed: " + detail::current_exception_text();
    }
    *error = error_.c_str();
    return 0;
  }

  pyharness_case describe(std::size_t index) const {
    const Case& one = cases_[index];
    return {names_[index].c_str(),
            one.file.c_str(),
            one.line,
            one.disabled ? PYHARNESS_CASE_DISABLED : 0,
            PYHARNESS_TIMEOUT_DEFAULT,
            one.tags.c_str(),
            PYHARNESS_ISOLATION_AUTO,
            0};
  }

  void run(std::size_t index) {
    const std::lock_guard<std::mutex> turn(turn_);
    detail::run_guarded({cases_[index].file.c_str(), cases_[index].line},
                        [&] { framework_->run(index, names_[index]); });
  }

  Framework* framework_;
  pyharness_source link_{};
  std::vector<Case> cases_;
  std::vector<std::string> names_;
  std::string error_;
  std::mutex turn_;
};

}  // namespace
}  // namespace pyharness::bridge

#endif
