// Tests in C++17, header only (GCC or Clang).
//
//     #include <pyharness/test.hpp>
//
//     TEST("adds", "math", "fast", timeout(500ms)) { CHECK(1 + 1 == 2); }
//     TEST("changes the locale", isolation::per_case) { REQUIRE(std::setlocale(LC_ALL, "") != nullptr); }
//
//     struct Database { Database(); ~Database(); Connection connection; };   // set-up and tear-down
//     TEST_F(Database, "inserts", serial) { REQUIRE(connection.insert(1)); }
//
//     TEST_EACH("halves", (int number), range(0, 10), "math") { CHECK(number / 2 * 2 <= number); }
//     TEST_EACH("compares", (int a, std::string b), combine(values(1, 2), values("x", "y"))) { … }
//     TEST_EACH_F(Database, "keeps", (int id), values(0, -1, 7)) { CHECK(connection.insert(id)); }
//
// After the name come, in any order: tags (strings), `timeout(…)`, `serial`, `disabled`, `threads_required(…)`,
// `isolation::thread`, `isolation::process` or `isolation::per_case`.
// `CHECK…` notes a failure and goes on; `REQUIRE…`, `FAIL` and `SKIP` leave the case (in a thread that a case has
// started: they end that thread). An exception that leaves a case is a failure with its type and text.
// An expression with a comma outside of parentheses needs parentheses of its own in CHECK_THROWS_AS.
// Every name also exists as PYHARNESS_…; define PYHARNESS_NO_SHORT_NAMES to have only those.
// PYHARNESS_CASE_PREFIX, a string literal that may differ from file to file, comes before the name of each case.
//
// Thread-safety: cases run on many threads at once; there is no shared "current test". Assertions may be used in
// any function and any thread that a case calls or starts, as long as the case waits for that thread.
#ifndef PYHARNESS_TEST_HPP
#define PYHARNESS_TEST_HPP

#pragma GCC system_header

#include "pyharness/detail/assertion.hpp"
#include "pyharness/detail/registration.hpp"

// The options of a test are read where `timeout`, `serial`, `range`, `500ms` … are known. Using-declarations, so that a
// name of the user's own outside does not make them ambiguous.
#define PYHARNESS_DETAIL_OPTION_NAMES  \
  using ::pyharness::combine;          \
  using ::pyharness::disabled;         \
  using ::pyharness::isolation;        \
  using ::pyharness::range;            \
  using ::pyharness::serial;           \
  using ::pyharness::threads_required; \
  using ::pyharness::timeout;          \
  using ::pyharness::values;           \
  using namespace ::std::chrono_literals; /* NOLINT(google-build-using-namespace) */

#define PYHARNESS_DETAIL_DECLARED(...)                                                              \
  ([] {                                                                                             \
    PYHARNESS_DETAIL_OPTION_NAMES                                                                   \
    return ::pyharness::detail::declared(PYHARNESS_CASE_PREFIX, {__FILE__, __LINE__}, __VA_ARGS__); \
  }())

#define PYHARNESS_TEST(...) PYHARNESS_DETAIL_TEST(PYHARNESS_DETAIL_ID, __VA_ARGS__)
#define PYHARNESS_DETAIL_TEST(id, ...)                                                     \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id)();                                \
  static const ::pyharness::detail::SingleTest PYHARNESS_DETAIL_JOIN(pyharness_test_, id){ \
      PYHARNESS_DETAIL_JOIN(pyharness_case_, id), PYHARNESS_DETAIL_DECLARED(__VA_ARGS__)}; \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id)()

// The body is a member of a class derived from the fixture: constructed before, destroyed after each case.
#define PYHARNESS_DETAIL_FIXTURE(id, Fixture, parameters)                                                            \
  namespace {                                                                                                        \
  struct PYHARNESS_DETAIL_JOIN(PyharnessCase, id) : Fixture {                                                        \
    PYHARNESS_DETAIL_JOIN(PyharnessCase, id)() {} /* no aggregate: the fixture may keep its constructor protected */ \
    void pyharness_body parameters;                                                                                  \
  };                                                                                                                 \
  }

#define PYHARNESS_TEST_F(...) PYHARNESS_DETAIL_TEST_F(PYHARNESS_DETAIL_ID, __VA_ARGS__)
#define PYHARNESS_DETAIL_TEST_F(id, Fixture, ...)                                          \
  PYHARNESS_DETAIL_FIXTURE(id, Fixture, ())                                                \
  static const ::pyharness::detail::SingleTest PYHARNESS_DETAIL_JOIN(pyharness_test_, id){ \
      [] {                                                                                 \
        PYHARNESS_DETAIL_JOIN(PyharnessCase, id) test_case;                                \
        test_case.pyharness_body();                                                        \
      },                                                                                   \
      PYHARNESS_DETAIL_DECLARED(__VA_ARGS__)};                                             \
  void PYHARNESS_DETAIL_JOIN(PyharnessCase, id)::pyharness_body()

// The last argument is there so that the options may be left out: an empty `...` is no standard C++ before C++20.
#define PYHARNESS_TEST_EACH(...) \
  PYHARNESS_DETAIL_EACH(PYHARNESS_DETAIL_ID, __VA_ARGS__, ::pyharness::detail::NoOption{})
#define PYHARNESS_DETAIL_EACH(id, name, parameters, elements, ...)                                            \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id) parameters;                                          \
  PYHARNESS_DETAIL_REGISTER_EACH(id, PYHARNESS_DETAIL_JOIN(pyharness_case_, id), elements, name, __VA_ARGS__) \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id) parameters

#define PYHARNESS_TEST_EACH_F(...) \
  PYHARNESS_DETAIL_EACH_F(PYHARNESS_DETAIL_ID, __VA_ARGS__, ::pyharness::detail::NoOption{})
#define PYHARNESS_DETAIL_EACH_F(id, Fixture, name, parameters, elements, ...)                                   \
  PYHARNESS_DETAIL_FIXTURE(id, Fixture, parameters)                                                             \
  PYHARNESS_DETAIL_REGISTER_EACH(id, &PYHARNESS_DETAIL_JOIN(PyharnessCase, id)::pyharness_body, elements, name, \
                                 __VA_ARGS__)                                                                   \
  void PYHARNESS_DETAIL_JOIN(PyharnessCase, id)::pyharness_body parameters

#define PYHARNESS_DETAIL_REGISTER_EACH(id, body, elements, ...)                                       \
  static const auto PYHARNESS_DETAIL_JOIN(pyharness_test_, id) = ::pyharness::detail::parameter_test( \
      body,                                                                                           \
      [] {                                                                                            \
        PYHARNESS_DETAIL_OPTION_NAMES                                                                 \
        return elements;                                                                              \
      },                                                                                              \
      PYHARNESS_DETAIL_DECLARED(__VA_ARGS__));

#define PYHARNESS_DETAIL_REACH ::pyharness::detail::reach(__FILE__, __LINE__)
#define PYHARNESS_DETAIL_OR_LEAVE(check)        \
  do {                                          \
    if (!(check)) ::pyharness::detail::leave(); \
  } while (false)

// The text of an expression is taken by the macro that the user writes: any deeper, macros in it would be expanded.
#define PYHARNESS_DETAIL_TRUTH(text, wanted, ...)                                                                  \
  ::pyharness::detail::settle(PYHARNESS_DETAIL_REACH, text, ::pyharness::detail::TakeApart{wanted} <= __VA_ARGS__, \
                              wanted)
#define PYHARNESS_DETAIL_THROWS(text, wanted, exception, expression) \
  ::pyharness::detail::settle(PYHARNESS_DETAIL_REACH, text,          \
                              ::pyharness::detail::throws<exception>([&] { (void)(expression); }), wanted)

#define PYHARNESS_CHECK(...) ((void)PYHARNESS_DETAIL_TRUTH("CHECK(" #__VA_ARGS__ ")", true, __VA_ARGS__))
#define PYHARNESS_CHECK_FALSE(...) ((void)PYHARNESS_DETAIL_TRUTH("CHECK_FALSE(" #__VA_ARGS__ ")", false, __VA_ARGS__))
#define PYHARNESS_CHECK_THROWS_AS(expression, exception) \
  ((void)PYHARNESS_DETAIL_THROWS("CHECK_THROWS_AS(" #expression ", " #exception ")", true, exception, expression))
#define PYHARNESS_CHECK_THROWS(...) \
  ((void)PYHARNESS_DETAIL_THROWS("CHECK_THROWS(" #__VA_ARGS__ ")", true, void, (__VA_ARGS__)))
#define PYHARNESS_CHECK_NOTHROW(...) \
  ((void)PYHARNESS_DETAIL_THROWS("CHECK_NOTHROW(" #__VA_ARGS__ ")", false, void, (__VA_ARGS__)))
#define PYHARNESS_REQUIRE(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_TRUTH("REQUIRE(" #__VA_ARGS__ ")", true, __VA_ARGS__))
#define PYHARNESS_REQUIRE_FALSE(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_TRUTH("REQUIRE_FALSE(" #__VA_ARGS__ ")", false, __VA_ARGS__))
#define PYHARNESS_REQUIRE_THROWS_AS(expression, exception) \
  PYHARNESS_DETAIL_OR_LEAVE(                               \
      PYHARNESS_DETAIL_THROWS("REQUIRE_THROWS_AS(" #expression ", " #exception ")", true, exception, expression))
#define PYHARNESS_REQUIRE_THROWS(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_THROWS("REQUIRE_THROWS(" #__VA_ARGS__ ")", true, void, (__VA_ARGS__)))
#define PYHARNESS_REQUIRE_NOTHROW(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_THROWS("REQUIRE_NOTHROW(" #__VA_ARGS__ ")", false, void, (__VA_ARGS__)))

// Messages are streamed: FAIL("got " << x). INFO is shown with failures until its block ends.
#define PYHARNESS_DETAIL_TEXT(...) ((::pyharness::detail::Text() << __VA_ARGS__).str())
#define PYHARNESS_FAIL(...)                                                                \
  do {                                                                                     \
    ::pyharness::detail::fail(PYHARNESS_DETAIL_REACH, PYHARNESS_DETAIL_TEXT(__VA_ARGS__)); \
    ::pyharness::detail::leave();                                                          \
  } while (false)
#define PYHARNESS_SKIP(...)                                                                     \
  do {                                                                                          \
    ::pyharness::detail::note_skip(PYHARNESS_DETAIL_REACH, PYHARNESS_DETAIL_TEXT(__VA_ARGS__)); \
    ::pyharness::detail::leave();                                                               \
  } while (false)
#define PYHARNESS_INFO(...) \
  const ::pyharness::detail::Note PYHARNESS_DETAIL_UNIQUE(pyharness_note_)(PYHARNESS_DETAIL_TEXT(__VA_ARGS__))

#ifndef PYHARNESS_NO_SHORT_NAMES
#define TEST(...) PYHARNESS_TEST(__VA_ARGS__)
#define TEST_F(...) PYHARNESS_TEST_F(__VA_ARGS__)
#define TEST_EACH(...) PYHARNESS_TEST_EACH(__VA_ARGS__)
#define TEST_EACH_F(...) PYHARNESS_TEST_EACH_F(__VA_ARGS__)
#define CHECK(...) ((void)PYHARNESS_DETAIL_TRUTH("CHECK(" #__VA_ARGS__ ")", true, __VA_ARGS__))
#define CHECK_FALSE(...) ((void)PYHARNESS_DETAIL_TRUTH("CHECK_FALSE(" #__VA_ARGS__ ")", false, __VA_ARGS__))
#define CHECK_THROWS_AS(expression, exception) \
  ((void)PYHARNESS_DETAIL_THROWS("CHECK_THROWS_AS(" #expression ", " #exception ")", true, exception, expression))
#define CHECK_THROWS(...) ((void)PYHARNESS_DETAIL_THROWS("CHECK_THROWS(" #__VA_ARGS__ ")", true, void, (__VA_ARGS__)))
#define CHECK_NOTHROW(...) \
  ((void)PYHARNESS_DETAIL_THROWS("CHECK_NOTHROW(" #__VA_ARGS__ ")", false, void, (__VA_ARGS__)))
#define REQUIRE(...) PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_TRUTH("REQUIRE(" #__VA_ARGS__ ")", true, __VA_ARGS__))
#define REQUIRE_FALSE(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_TRUTH("REQUIRE_FALSE(" #__VA_ARGS__ ")", false, __VA_ARGS__))
#define REQUIRE_THROWS_AS(expression, exception) \
  PYHARNESS_DETAIL_OR_LEAVE(                     \
      PYHARNESS_DETAIL_THROWS("REQUIRE_THROWS_AS(" #expression ", " #exception ")", true, exception, expression))
#define REQUIRE_THROWS(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_THROWS("REQUIRE_THROWS(" #__VA_ARGS__ ")", true, void, (__VA_ARGS__)))
#define REQUIRE_NOTHROW(...) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_THROWS("REQUIRE_NOTHROW(" #__VA_ARGS__ ")", false, void, (__VA_ARGS__)))
#define FAIL(...) PYHARNESS_FAIL(__VA_ARGS__)
#define SKIP(...) PYHARNESS_SKIP(__VA_ARGS__)
#define INFO(...) PYHARNESS_INFO(__VA_ARGS__)
#endif

#endif
