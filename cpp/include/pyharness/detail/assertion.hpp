// What stands behind CHECK and REQUIRE: taking an expression apart, reporting, leaving a case.
// Thread-safety: everything may be called from any thread; state is per thread or on the stack.
#ifndef PYHARNESS_DETAIL_ASSERTION_HPP
#define PYHARNESS_DETAIL_ASSERTION_HPP

#pragma GCC system_header

#include <cxxabi.h>
#include <pthread.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>
#include <type_traits>
#include <typeinfo>

#include "pyharness/detail/registry.h"
#include "pyharness/detail/stringify.hpp"

#define PYHARNESS_DETAIL_HIDDEN __attribute__((visibility("hidden")))

namespace pyharness::detail {

/// Thrown to leave a case; never leaves the suite.
struct PYHARNESS_DETAIL_HIDDEN LeaveCase {};

/// A line of source that holds an assertion.
struct Site {
  const char* file;
  std::uint32_t line;
};

/// Per thread: the innermost INFO, and the assertion reached last (an exception names it).
struct PYHARNESS_DETAIL_HIDDEN ThreadNotes {
  const class Note* innermost;
  Site last_site;
};
PYHARNESS_DETAIL_HIDDEN inline thread_local ThreadNotes thread_notes{nullptr, {nullptr, 0}};

/// One INFO, alive until its block ends.
class PYHARNESS_DETAIL_HIDDEN Note {
 public:
  explicit Note(std::string text) : text_(std::move(text)), outer_(thread_notes.innermost) {
    thread_notes.innermost = this;
  }
  ~Note() { thread_notes.innermost = outer_; }
  Note(const Note&) = delete;
  Note& operator=(const Note&) = delete;

  static std::string all() {
    return thread_notes.innermost == nullptr ? std::string() : thread_notes.innermost->with_outer();
  }

 private:
  std::string with_outer() const {
    return (outer_ == nullptr ? std::string() : outer_->with_outer()) + "\n  note: " + text_;
  }

  std::string text_;
  const Note* outer_;
};

/// Collects `"text" << value` into a string.
class Text {
 public:
  template <class T>
  Text& operator<<(const T& value) {
    out_ << value;
    return *this;
  }
  std::string str() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

PYHARNESS_DETAIL_HIDDEN inline void fail(Site site, const std::string& message) {
  const std::string text = message + Note::all();
  pyharness_report_here(PYHARNESS_REPORT_FAILURE, site.file, site.line, text.data(), text.size());
}

PYHARNESS_DETAIL_HIDDEN inline void note_skip(Site site, const std::string& message) {
  pyharness_report_here(PYHARNESS_REPORT_SKIP, site.file, site.line, message.data(), message.size());
}

/// Leaves the case; in a thread that the case has started, ends that thread (destructors run, joiners go on).
[[noreturn]] PYHARNESS_DETAIL_HIDDEN inline void leave() {
  const pyharness_host* host = pyharness_registry.host;
  if (host != nullptr && host->on_case_thread() == 0) {
    pthread_exit(nullptr);
  }
  throw LeaveCase{};
}

/// What an expression came to; `shown` has both sides when it was a comparison that did not come out as wanted.
struct Verdict {
  bool holds;
  std::string shown;

  // `a == b && c` arrives here: only one side could be shown.
  template <class R>
  Verdict operator&&(const R&) const {
    static_assert(!sizeof(R), "put an expression with && into parentheses: CHECK((a && b))");
    return {};
  }
  template <class R>
  Verdict operator||(const R&) const {
    static_assert(!sizeof(R), "put an expression with || into parentheses: CHECK((a || b))");
    return {};
  }
};

template <class L, class R, class = void>
struct Compare {
  static const L& left(const L& value) { return value; }
  static const R& right(const R& value) { return value; }
};
// `pointer == NULL`: NULL has arrived as an integer here.
template <class L, class R>
struct Compare<L, R, std::enable_if_t<std::is_pointer_v<L> && std::is_integral_v<R>>> {
  static const L& left(const L& value) { return value; }
  static L right(const R& value) { return reinterpret_cast<L>(static_cast<std::uintptr_t>(value)); }
};

/// The left side of a comparison, waiting for the rest of the expression.
template <class L>
class Left {
 public:
  Left(const L& value, bool wanted) : value_(value), wanted_(wanted) {}

#define PYHARNESS_DETAIL_OPERATOR(op)                                                                 \
  template <class R>                                                                                  \
  Verdict operator op(const R& right) const {                                                         \
    const bool holds = static_cast<bool>(Compare<L, R>::left(value_) op Compare<L, R>::right(right)); \
    return {holds, holds == wanted_ ? std::string() : sides(#op, Compare<L, R>::right(right))};       \
  }
  PYHARNESS_DETAIL_OPERATOR(==)
  PYHARNESS_DETAIL_OPERATOR(!=)
  PYHARNESS_DETAIL_OPERATOR(<)
  PYHARNESS_DETAIL_OPERATOR(<=)
  PYHARNESS_DETAIL_OPERATOR(>)
  PYHARNESS_DETAIL_OPERATOR(>=)
#undef PYHARNESS_DETAIL_OPERATOR

  template <class R>
  Verdict operator&&(const R& right) const {
    return Verdict{} && right;
  }
  template <class R>
  Verdict operator||(const R& right) const {
    return Verdict{} || right;
  }

  operator Verdict() const {  // NOLINT(google-explicit-constructor): a lone value is an expression too
    const bool holds = static_cast<bool>(value_);
    return {holds, holds == wanted_ || std::is_same_v<L, bool> ? std::string() : stringify(value_)};
  }

 private:
  template <class R>
  std::string sides(const char* op, const R& right) const {
    return stringify(value_) + " " + op + " " + stringify(right);
  }

  const L& value_;
  bool wanted_;
};

/// `TakeApart{true} <= a == b` parses as `(TakeApart{true} <= a) == b`.
struct TakeApart {
  bool wanted;  // what the expression has to come to; values are shown only when it does not

  template <class L>
  Left<L> operator<=(const L& value) const {
    return Left<L>(value, wanted);
  }
};

/// Remembers where the thread is, for the report of an exception that leaves the case.
PYHARNESS_DETAIL_HIDDEN inline Site reach(const char* file, std::uint32_t line) {
  thread_notes.last_site = {file, line};
  return thread_notes.last_site;
}

PYHARNESS_DETAIL_HIDDEN inline bool settle(Site site, const char* text, const Verdict& verdict, bool wanted = true) {
  if (verdict.holds == wanted) {
    return true;
  }
  fail(site, verdict.shown.empty() ? std::string(text) : std::string(text) + "\n  with: " + verdict.shown);
  return false;
}

PYHARNESS_DETAIL_HIDDEN inline std::string demangled(const char* name) {
  int status = 0;
  char* readable = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string out = status == 0 && readable != nullptr ? readable : name;
  std::free(readable);
  return out;
}

/// Type and text of the exception that is being handled.
PYHARNESS_DETAIL_HIDDEN inline std::string current_exception_text() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  const std::string name = type == nullptr ? "unknown type" : demangled(type->name());
  try {
    throw;
  } catch (const std::exception& error) {
    return name + ": " + error.what();
  } catch (const std::string& text) {
    return name + ": " + text;
  } catch (const char* text) {
    return name + ": " + (text == nullptr ? "nullptr" : text);
  } catch (int number) {
    return name + ": " + std::to_string(number);
  } catch (...) {
    return name;
  }
}

/// Runs a case; an exception that leaves it becomes a failure. A cancelled thread (pthread_exit) goes on unwinding.
template <class Body>
void run_guarded(Site test, const Body& body) {
  thread_notes = {nullptr, {nullptr, 0}};
  try {
    body();
  } catch (const LeaveCase&) {
    return;  // already reported
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    const Site last = thread_notes.last_site;
    thread_notes.innermost = nullptr;
    fail(last.file == nullptr ? test : last,
         (last.file == nullptr ? "exception left the case: "
                               : "exception left the case after this assertion was reached: ") +
             current_exception_text());
  }
}

/// Whether `body` throws an `E` (void: anything). Anything else that it throws is named in `shown`.
template <class E, class Body>
Verdict throws(const Body& body) {
  try {
    body();
  } catch (const LeaveCase&) {
    throw;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    if constexpr (std::is_void_v<E>) {
      return {true, "threw " + current_exception_text()};
    } else {
      try {
        throw;
      } catch (const E&) {
        return {true, {}};
      } catch (...) {
        return {false, "threw " + current_exception_text()};
      }
    }
  }
  return {false, "nothing was thrown"};
}

}  // namespace pyharness::detail

#endif
