/* The registry behind pyharness/test.h and pyharness/test.hpp, in C so that one library may hold tests in both.
 *
 * Each test registers a *source* from a constructor; a source stands for one case, or for several when it is
 * parameterised. `pyharness_suite_entry` flattens the sources into the table that the C ABI asks for.
 *
 * Every global here is weak (one per library, whichever translation unit brings it) and hidden (never shared
 * between libraries: STB_GNU_UNIQUE would share it even with RTLD_LOCAL).
 * Thread-safety: written by constructors and by `pyharness_suite_entry`, on one thread each; read-only after.
 */
#ifndef PYHARNESS_DETAIL_REGISTRY_H
#define PYHARNESS_DETAIL_REGISTRY_H

#include <stdlib.h>
#include <string.h>

#include "pyharness/suite.h"

#if !defined(__GNUC__)
#error "pyharness: GCC or Clang is needed (constructor and visibility attributes)"
#endif

#define PYHARNESS_DETAIL_ONE_PER_LIBRARY __attribute__((weak, visibility("hidden")))

#define PYHARNESS_DETAIL_JOIN_(a, b) a##b
#define PYHARNESS_DETAIL_JOIN(a, b) PYHARNESS_DETAIL_JOIN_(a, b)
#define PYHARNESS_DETAIL_UNIQUE(prefix) PYHARNESS_DETAIL_JOIN(prefix, __LINE__)
/* Of a test: its line, for people who read a backtrace, and a number, since a header may have a test in that line too.
 * Each expansion is another number, so it is handed on as an argument. */
#define PYHARNESS_DETAIL_ID PYHARNESS_DETAIL_JOIN(PYHARNESS_DETAIL_UNIQUE(), PYHARNESS_DETAIL_JOIN(_, __COUNTER__))

/* What stands before the names of the cases of one source file: a string literal, on the compiler's command line.
 * Files of one library may differ in it, so only macros may use it, where a test stands; no inline function may. */
#ifndef PYHARNESS_CASE_PREFIX
#define PYHARNESS_CASE_PREFIX ""
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pyharness_source {
  struct pyharness_source* next;
  const void* self;
  /* How many cases. Called once. On failure: returns 0 and sets *error to a text that stays valid. */
  size_t (*count)(const void* self, const char** error);
  /* Fills all members of *out. */
  void (*describe)(const void* self, size_t index, pyharness_case* out);
  /* Runs the case; says through the host what went wrong. */
  void (*run)(const void* self, size_t index);
} pyharness_source;

typedef struct pyharness_place {
  const pyharness_source* source;
  size_t index;
} pyharness_place;

typedef struct pyharness_registry_state {
  pyharness_source* first;
  pyharness_source* last;
  const char* name;
  const char* group;
  uint32_t isolation;
  const pyharness_host* host;
  pyharness_place* places;
  pyharness_suite suite;
} pyharness_registry_state;

PYHARNESS_DETAIL_ONE_PER_LIBRARY extern pyharness_registry_state pyharness_registry;
PYHARNESS_DETAIL_ONE_PER_LIBRARY pyharness_registry_state pyharness_registry = {
    0, 0, 0, 0, 0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};

static inline void pyharness_register(pyharness_source* source) {
  if (pyharness_registry.last != NULL) {
    pyharness_registry.last->next = source;
  } else {
    pyharness_registry.first = source;
  }
  pyharness_registry.last = source;
}

static inline void pyharness_report_here(uint32_t kind, const char* file, uint32_t line, const char* message,
                                         size_t length) {
  const pyharness_host* host = pyharness_registry.host;
  pyharness_context* context = host != NULL ? host->current() : NULL;
  if (host != NULL) { /* also without a context: the host then shows it in the output */
    pyharness_report report;
    memset(&report, 0, sizeof report);
    report.size = (uint32_t)sizeof report;
    report.kind = kind;
    report.file = file;
    report.line = line;
    report.message = message;
    report.message_length = length;
    host->report(context, &report);
  }
}

static inline uint32_t pyharness_run_place(pyharness_context* context, size_t index) {
  const pyharness_place* place = &pyharness_registry.places[index];
  (void)context; /* reports find it through host->current(), which is right in child threads too */
  place->source->run(place->source->self, place->index);
  return PYHARNESS_PASS;
}

/* Fills the suite's table from the sources; leaves `suite->error` set when that fails. */
static inline void pyharness_collect(pyharness_suite* suite) {
  size_t total = 0;
  size_t at = 0;
  size_t source_count = 0;
  size_t source_index = 0;
  size_t* counts;
  pyharness_case* cases;
  pyharness_source* source;
  for (source = pyharness_registry.first; source != NULL; source = source->next) {
    ++source_count;
  }
  counts = (size_t*)calloc(source_count + 1, sizeof *counts);
  if (counts == NULL) {
    suite->error = "out of memory while listing the cases";
    return;
  }
  for (source = pyharness_registry.first; source != NULL && suite->error == NULL; source = source->next) {
    counts[source_index] = source->count(source->self, &suite->error);
    total += counts[source_index++];
  }
  cases = (pyharness_case*)calloc(total + 1, sizeof *cases);
  pyharness_registry.places = (pyharness_place*)calloc(total + 1, sizeof *pyharness_registry.places);
  if (cases == NULL || pyharness_registry.places == NULL) {
    suite->error = "out of memory while listing the cases";
  }
  source_index = 0;
  for (source = pyharness_registry.first; source != NULL && suite->error == NULL; source = source->next) {
    size_t index;
    for (index = 0; index < counts[source_index]; ++index) {
      source->describe(source->self, index, &cases[at]);
      pyharness_registry.places[at].source = source;
      pyharness_registry.places[at].index = index;
      ++at;
    }
    ++source_index;
  }
  free(counts);
  suite->cases = cases;
  suite->case_count = suite->error == NULL ? total : 0;
}

/* A host may be older or newer than these headers: it has to offer what they use, no more. */
static inline int pyharness_host_suffices(const pyharness_host* host) {
  return host != NULL && host->abi_version == PYHARNESS_ABI_VERSION &&
         host->size >= offsetof(pyharness_host, on_case_thread) + sizeof host->on_case_thread;
}

/* The declaration comes first so that -Wmissing-prototypes has nothing to say. */
__attribute__((weak, visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* host);
__attribute__((weak, visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* host) {
  pyharness_suite* suite = &pyharness_registry.suite;
  if (suite->size != 0) {
    return suite;
  }
  suite->abi_version = PYHARNESS_ABI_VERSION;
  suite->size = (uint32_t)sizeof *suite;
  suite->case_size = (uint32_t)sizeof(pyharness_case);
  suite->name = pyharness_registry.name;
  suite->group = pyharness_registry.group;
  suite->isolation = pyharness_registry.isolation;
  suite->run = pyharness_run_place;
  if (!pyharness_host_suffices(host)) {
    suite->error = "the host speaks another version of the suite ABI; rebuild the suite";
    return suite;
  }
  pyharness_registry.host = host;
  pyharness_collect(suite);
  return suite;
}

#ifdef __cplusplus
}
#endif

/* Names the suite (and its group): once per library. `pyharness_add_suite()` defines PYHARNESS_SUITE_NAME instead. */
#define PYHARNESS_SUITE(suite_name, suite_group)                                                  \
  __attribute__((constructor)) static void PYHARNESS_DETAIL_UNIQUE(pyharness_name_suite_)(void) { \
    pyharness_registry.name = (suite_name);                                                       \
    pyharness_registry.group = (suite_group);                                                     \
  }

/* How far the suite's cases are kept apart when they do not say it themselves: a PYHARNESS_ISOLATION_…, once per
 * library. `pyharness_add_suite()` defines PYHARNESS_SUITE_ISOLATION instead. */
#define PYHARNESS_ISOLATE_SUITE(level)                                                               \
  __attribute__((constructor)) static void PYHARNESS_DETAIL_UNIQUE(pyharness_isolate_suite_)(void) { \
    pyharness_registry.isolation = (uint32_t)(level);                                                \
  }

#ifdef PYHARNESS_SUITE_NAME
#ifndef PYHARNESS_SUITE_GROUP
#define PYHARNESS_SUITE_GROUP NULL
#endif
PYHARNESS_SUITE(PYHARNESS_SUITE_NAME, PYHARNESS_SUITE_GROUP)
#endif
#ifdef PYHARNESS_SUITE_ISOLATION
PYHARNESS_ISOLATE_SUITE(PYHARNESS_SUITE_ISOLATION)
#endif

#endif
