/* Tests in C99 (GCC or Clang).
 *
 *     #include <pyharness/test.h>
 *
 *     TEST("adds", .tags = "math fast", .timeout_ms = 500) { CHECK_INT(1 + 1, ==, 2); }
 *     TEST("changes the locale", .isolation = PYHARNESS_ISOLATION_CASE) { REQUIRE(setlocale(LC_ALL, "") != NULL); }
 *
 *     static const int sizes[] = {1, 16, 4096};
 *     TEST_EACH("allocates", const int* size, sizes) { REQUIRE(malloc(*size) != NULL); }
 *
 * `CHECK…` notes a failure and goes on; `REQUIRE…`, `FAIL` and `SKIP` leave the function they stand in, which
 * must return void. All of them may be used in functions and in threads that a test calls or starts.
 * Every name also exists as PYHARNESS_…; define PYHARNESS_NO_SHORT_NAMES to have only those.
 * PYHARNESS_CASE_PREFIX, a string literal that may differ from file to file, comes before the name of each case.
 *
 * Thread-safety: tests run on many threads at once; nothing here is shared between them.
 */
#ifndef PYHARNESS_TEST_H
#define PYHARNESS_TEST_H

#ifdef __cplusplus
#error "pyharness/test.h is for C; include pyharness/test.hpp in C++"
#endif

#pragma GCC system_header

#include <stdarg.h>
#include <stdio.h>

#include "pyharness/detail/registry.h"

/* What follows the name in TEST(...): designated initialisers, in this order. */
typedef struct pyharness_options {
  const char* name;
  const char* tags;          /* separated by blanks */
  uint64_t timeout_ms;       /* 0 here: as the run says; PYHARNESS_NO_TIMEOUT: no limit */
  int serial;                /* 1: while no other case runs */
  int disabled;              /* 1: only on request */
  uint32_t isolation;        /* PYHARNESS_ISOLATION_THREAD, …_PROCESS or …_CASE; 0: as the suite says */
  uint32_t threads_required; /* workers whose place it takes, when it starts threads of its own; 0: one */
} pyharness_options;

#define PYHARNESS_NO_TIMEOUT UINT64_MAX

typedef struct pyharness_c_test {
  const char* prefix; /* of the case's name */
  const pyharness_options* options;
  const char* file;
  uint32_t line;
  void (*body)(const void* parameter);
  const void* parameters; /* NULL: not parameterised */
  size_t parameter_count;
  size_t parameter_size;
} pyharness_c_test;

static inline size_t pyharness_c_count(const void* self, const char** error) {
  const pyharness_c_test* test = (const pyharness_c_test*)self;
  (void)error;
  return test->parameters != NULL ? test->parameter_count : 1;
}

/* The name of one of its cases, which lives as long as the library. The prefix does not make a name of none: a case
 * without a name is refused. */
static inline const char* pyharness_c_name(const pyharness_c_test* test, size_t index) {
  const char* own = test->options->name != NULL ? test->options->name : "";
  const size_t room = strlen(test->prefix) + strlen(own) + 24;
  char* name;
  if (test->parameters == NULL && (test->prefix[0] == '\0' || own[0] == '\0')) {
    return own;
  }
  name = (char*)malloc(room);
  if (name == NULL) {
    return own;
  }
  if (test->parameters != NULL) {
    snprintf(name, room, "%s%s[%zu]", test->prefix, own, index);
  } else {
    snprintf(name, room, "%s%s", test->prefix, own);
  }
  return name;
}

static inline void pyharness_c_describe(const void* self, size_t index, pyharness_case* out) {
  const pyharness_c_test* test = (const pyharness_c_test*)self;
  out->name = pyharness_c_name(test, index);
  out->file = test->file;
  out->line = test->line;
  out->flags =
      (test->options->serial ? PYHARNESS_CASE_SERIAL : 0u) | (test->options->disabled ? PYHARNESS_CASE_DISABLED : 0u);
  out->timeout_ms = test->options->timeout_ms == 0                      ? PYHARNESS_TIMEOUT_DEFAULT
                    : test->options->timeout_ms == PYHARNESS_NO_TIMEOUT ? 0
                                                                        : test->options->timeout_ms;
  out->tags = test->options->tags;
  out->isolation = test->options->isolation;
  out->threads_required = test->options->threads_required;
}

/* The notes of the running case on this thread, shown with its failures. */
PYHARNESS_DETAIL_ONE_PER_LIBRARY extern __thread char pyharness_c_note[1024];
PYHARNESS_DETAIL_ONE_PER_LIBRARY __thread char pyharness_c_note[1024] = {0};

static inline void pyharness_c_run(const void* self, size_t index) {
  const pyharness_c_test* test = (const pyharness_c_test*)self;
  pyharness_c_note[0] = '\0';
  test->body(test->parameters != NULL ? (const char*)test->parameters + index * test->parameter_size : NULL);
  pyharness_c_note[0] = '\0';
}

__attribute__((format(printf, 1, 2))) static inline void pyharness_c_info(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(pyharness_c_note, sizeof pyharness_c_note, format, arguments);
  va_end(arguments);
}

__attribute__((format(printf, 4, 5))) static inline void pyharness_c_say(uint32_t kind, const char* file, uint32_t line,
                                                                         const char* format, ...) {
  char text[4096];
  int length;
  size_t used;
  va_list arguments;
  va_start(arguments, format);
  length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  used = length < 0 ? 0 : (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
  if (kind == PYHARNESS_REPORT_FAILURE && pyharness_c_note[0] != '\0') {
    length = snprintf(text + used, sizeof text - used, "\n  note: %s", pyharness_c_note);
    used += length < 0 ? 0 : (size_t)length < sizeof text - used ? (size_t)length : sizeof text - used - 1;
  }
  pyharness_report_here(kind, file, line, text, used);
}

static inline int pyharness_c_check(int holds, const char* text, const char* file, uint32_t line) {
  if (!holds) {
    pyharness_c_say(PYHARNESS_REPORT_FAILURE, file, line, "%s", text);
  }
  return holds;
}

static inline int pyharness_c_strings(const char* left, const char* right, const char* text, const char* file,
                                      uint32_t line) {
  int equal = left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
  if (!equal) {
    pyharness_c_say(PYHARNESS_REPORT_FAILURE, file, line, "%s\n  left:  %s%s%s\n  right: %s%s%s", text,
                    left ? "\"" : "", left ? left : "NULL", left ? "\"" : "", right ? "\"" : "", right ? right : "NULL",
                    right ? "\"" : "");
  }
  return equal;
}

static inline int pyharness_c_bytes(const void* left, const void* right, size_t size, const char* text,
                                    const char* file, uint32_t line) {
  const unsigned char* a = (const unsigned char*)left;
  const unsigned char* b = (const unsigned char*)right;
  size_t at;
  for (at = 0; at < size; ++at) {
    if (a[at] != b[at]) {
      pyharness_c_say(PYHARNESS_REPORT_FAILURE, file, line, "%s\n  at byte %zu of %zu: left 0x%02x, right 0x%02x", text,
                      at, size, a[at], b[at]);
      return 0;
    }
  }
  return 1;
}

static inline int pyharness_c_near(double left, double right, double tolerance, const char* text, const char* file,
                                   uint32_t line) {
  double distance = left < right ? right - left : left - right;
  int near_enough = left == right || distance <= tolerance; /* false for every NaN */
  if (!near_enough) {
    pyharness_c_say(PYHARNESS_REPORT_FAILURE, file, line, "%s\n  left:  %.17g\n  right: %.17g\n  tolerance: %g", text,
                    left, right, tolerance);
  }
  return near_enough;
}

#define PYHARNESS_DETAIL_REGISTER_C(id, body_function, parameters_, count_, size_, ...)                             \
  static const pyharness_options PYHARNESS_DETAIL_JOIN(pyharness_options_, id) = {.name = __VA_ARGS__};             \
  static const pyharness_c_test PYHARNESS_DETAIL_JOIN(pyharness_test_, id) = {                                      \
      PYHARNESS_CASE_PREFIX,                                                                                        \
      &PYHARNESS_DETAIL_JOIN(pyharness_options_, id),                                                               \
      __FILE__,                                                                                                     \
      __LINE__,                                                                                                     \
      (body_function),                                                                                              \
      (parameters_),                                                                                                \
      (count_),                                                                                                     \
      (size_)};                                                                                                     \
  static pyharness_source PYHARNESS_DETAIL_JOIN(pyharness_source_, id) = {                                          \
      NULL, &PYHARNESS_DETAIL_JOIN(pyharness_test_, id), pyharness_c_count, pyharness_c_describe, pyharness_c_run}; \
  __attribute__((constructor)) static void PYHARNESS_DETAIL_JOIN(pyharness_register_, id)(void) {                   \
    pyharness_register(&PYHARNESS_DETAIL_JOIN(pyharness_source_, id));                                              \
  }

/* TEST(name, options…) { body } */
#define PYHARNESS_TEST(...) PYHARNESS_DETAIL_TEST(PYHARNESS_DETAIL_ID, __VA_ARGS__)
#define PYHARNESS_DETAIL_TEST(id, ...)                                                                 \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id)(void);                                        \
  static void PYHARNESS_DETAIL_JOIN(pyharness_call_, id)(const void* nothing) {                        \
    (void)nothing;                                                                                     \
    PYHARNESS_DETAIL_JOIN(pyharness_case_, id)();                                                      \
  }                                                                                                    \
  PYHARNESS_DETAIL_REGISTER_C(id, PYHARNESS_DETAIL_JOIN(pyharness_call_, id), NULL, 0, 0, __VA_ARGS__) \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id)(void)

/* TEST_EACH(name, const T* parameter, array, options…) { body }: one case per element, named name[0], name[1] … */
#define PYHARNESS_TEST_EACH(...) PYHARNESS_DETAIL_EACH(PYHARNESS_DETAIL_ID, __VA_ARGS__, )
#define PYHARNESS_DETAIL_EACH(id, name, parameter, array, ...)                                           \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id)(parameter);                                     \
  static void PYHARNESS_DETAIL_JOIN(pyharness_call_, id)(const void* element) {                          \
    PYHARNESS_DETAIL_JOIN(pyharness_case_, id)(element);                                                 \
  }                                                                                                      \
  PYHARNESS_DETAIL_REGISTER_C(id, PYHARNESS_DETAIL_JOIN(pyharness_call_, id), (array),                   \
                              sizeof(array) / sizeof((array)[0]), sizeof((array)[0]), name, __VA_ARGS__) \
  static void PYHARNESS_DETAIL_JOIN(pyharness_case_, id)(parameter)

#define PYHARNESS_DETAIL_OR_LEAVE(check) \
  do {                                   \
    if (!(check)) return;                \
  } while (0)

/* The text of an expression is taken by the macro that the user writes: any deeper, macros in it would be expanded. */
#define PYHARNESS_DETAIL_BOOL(text, expression) pyharness_c_check(!!(expression), text, __FILE__, __LINE__)
#define PYHARNESS_DETAIL_COMPARE(text, type, print, left, op, right)                                                 \
  __extension__({                                                                                                    \
    const type pyharness_left = (type)(left);                                                                        \
    const type pyharness_right = (type)(right);                                                                      \
    const int pyharness_holds = pyharness_left op pyharness_right;                                                   \
    if (!pyharness_holds) {                                                                                          \
      pyharness_c_say(PYHARNESS_REPORT_FAILURE, __FILE__, __LINE__, "%s\n  left:  " print "\n  right: " print, text, \
                      pyharness_left, pyharness_right);                                                              \
    }                                                                                                                \
    pyharness_holds;                                                                                                 \
  })
#define PYHARNESS_DETAIL_STR_EQ(text, left, right) pyharness_c_strings((left), (right), text, __FILE__, __LINE__)
#define PYHARNESS_DETAIL_MEM_EQ(text, left, right, size) \
  pyharness_c_bytes((left), (right), (size), text, __FILE__, __LINE__)
#define PYHARNESS_DETAIL_NEAR(text, left, right, tolerance) \
  pyharness_c_near((left), (right), (tolerance), text, __FILE__, __LINE__)

/* Truth; signed and unsigned integers (CHECK_INT(a, ==, b), CHECK_UINT(a, <, b)); zero-terminated strings (NULL equals
 * only NULL); blocks of memory; floating-point numbers. All but the first print both sides. */
#define PYHARNESS_CHECK(expression) ((void)PYHARNESS_DETAIL_BOOL("CHECK(" #expression ")", expression))
#define PYHARNESS_CHECK_INT(left, op, right) \
  ((void)PYHARNESS_DETAIL_COMPARE("CHECK_INT(" #left ", " #op ", " #right ")", long long, "%lld", left, op, right))
#define PYHARNESS_CHECK_UINT(left, op, right)                                                                         \
  ((void)PYHARNESS_DETAIL_COMPARE("CHECK_UINT(" #left ", " #op ", " #right ")", unsigned long long, "%llu", left, op, \
                                  right))
#define PYHARNESS_CHECK_STR_EQ(left, right) \
  ((void)PYHARNESS_DETAIL_STR_EQ("CHECK_STR_EQ(" #left ", " #right ")", left, right))
#define PYHARNESS_CHECK_MEM_EQ(left, right, size) \
  ((void)PYHARNESS_DETAIL_MEM_EQ("CHECK_MEM_EQ(" #left ", " #right ", " #size ")", left, right, size))
#define PYHARNESS_CHECK_NEAR(left, right, tolerance) \
  ((void)PYHARNESS_DETAIL_NEAR("CHECK_NEAR(" #left ", " #right ", " #tolerance ")", left, right, tolerance))
#define PYHARNESS_REQUIRE(expression) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_BOOL("REQUIRE(" #expression ")", expression))
#define PYHARNESS_REQUIRE_INT(left, op, right) \
  PYHARNESS_DETAIL_OR_LEAVE(                   \
      PYHARNESS_DETAIL_COMPARE("REQUIRE_INT(" #left ", " #op ", " #right ")", long long, "%lld", left, op, right))
#define PYHARNESS_REQUIRE_UINT(left, op, right)                                                      \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_COMPARE("REQUIRE_UINT(" #left ", " #op ", " #right ")", \
                                                     unsigned long long, "%llu", left, op, right))
#define PYHARNESS_REQUIRE_STR_EQ(left, right) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_STR_EQ("REQUIRE_STR_EQ(" #left ", " #right ")", left, right))
#define PYHARNESS_REQUIRE_MEM_EQ(left, right, size) \
  PYHARNESS_DETAIL_OR_LEAVE(                        \
      PYHARNESS_DETAIL_MEM_EQ("REQUIRE_MEM_EQ(" #left ", " #right ", " #size ")", left, right, size))
#define PYHARNESS_REQUIRE_NEAR(left, right, tolerance) \
  PYHARNESS_DETAIL_OR_LEAVE(                           \
      PYHARNESS_DETAIL_NEAR("REQUIRE_NEAR(" #left ", " #right ", " #tolerance ")", left, right, tolerance))

/* FAIL(format, …) and SKIP(format, …) leave the function; INFO(format, …) is shown with later failures of this case and
 * thread. */
#define PYHARNESS_FAIL(...)                                                     \
  do {                                                                          \
    pyharness_c_say(PYHARNESS_REPORT_FAILURE, __FILE__, __LINE__, __VA_ARGS__); \
    return;                                                                     \
  } while (0)
#define PYHARNESS_SKIP(...)                                                  \
  do {                                                                       \
    pyharness_c_say(PYHARNESS_REPORT_SKIP, __FILE__, __LINE__, __VA_ARGS__); \
    return;                                                                  \
  } while (0)
#define PYHARNESS_INFO(...) pyharness_c_info(__VA_ARGS__)

#ifndef PYHARNESS_NO_SHORT_NAMES
#define TEST(...) PYHARNESS_TEST(__VA_ARGS__)
#define TEST_EACH(...) PYHARNESS_TEST_EACH(__VA_ARGS__)
#define CHECK(expression) ((void)PYHARNESS_DETAIL_BOOL("CHECK(" #expression ")", expression))
#define CHECK_INT(left, op, right) \
  ((void)PYHARNESS_DETAIL_COMPARE("CHECK_INT(" #left ", " #op ", " #right ")", long long, "%lld", left, op, right))
#define CHECK_UINT(left, op, right)                                                                                   \
  ((void)PYHARNESS_DETAIL_COMPARE("CHECK_UINT(" #left ", " #op ", " #right ")", unsigned long long, "%llu", left, op, \
                                  right))
#define CHECK_STR_EQ(left, right) ((void)PYHARNESS_DETAIL_STR_EQ("CHECK_STR_EQ(" #left ", " #right ")", left, right))
#define CHECK_MEM_EQ(left, right, size) \
  ((void)PYHARNESS_DETAIL_MEM_EQ("CHECK_MEM_EQ(" #left ", " #right ", " #size ")", left, right, size))
#define CHECK_NEAR(left, right, tolerance) \
  ((void)PYHARNESS_DETAIL_NEAR("CHECK_NEAR(" #left ", " #right ", " #tolerance ")", left, right, tolerance))
#define REQUIRE(expression) PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_BOOL("REQUIRE(" #expression ")", expression))
#define REQUIRE_INT(left, op, right) \
  PYHARNESS_DETAIL_OR_LEAVE(         \
      PYHARNESS_DETAIL_COMPARE("REQUIRE_INT(" #left ", " #op ", " #right ")", long long, "%lld", left, op, right))
#define REQUIRE_UINT(left, op, right)                                                                \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_COMPARE("REQUIRE_UINT(" #left ", " #op ", " #right ")", \
                                                     unsigned long long, "%llu", left, op, right))
#define REQUIRE_STR_EQ(left, right) \
  PYHARNESS_DETAIL_OR_LEAVE(PYHARNESS_DETAIL_STR_EQ("REQUIRE_STR_EQ(" #left ", " #right ")", left, right))
#define REQUIRE_MEM_EQ(left, right, size) \
  PYHARNESS_DETAIL_OR_LEAVE(              \
      PYHARNESS_DETAIL_MEM_EQ("REQUIRE_MEM_EQ(" #left ", " #right ", " #size ")", left, right, size))
#define REQUIRE_NEAR(left, right, tolerance) \
  PYHARNESS_DETAIL_OR_LEAVE(                 \
      PYHARNESS_DETAIL_NEAR("REQUIRE_NEAR(" #left ", " #right ", " #tolerance ")", left, right, tolerance))
#define FAIL(...) PYHARNESS_FAIL(__VA_ARGS__)
#define SKIP(...) PYHARNESS_SKIP(__VA_ARGS__)
#define INFO(...) PYHARNESS_INFO(__VA_ARGS__)
#endif

#endif
