/* A suite written against the C ABI alone: many small cases that count how often each was run, and how many at once.
 *
 *   cases 0 … 3999, "plain/<i>":  i % 10 == 7 fails with a report on line i, 8 skips, 9 writes "out <i>\n", others pass
 *   cases 4000 … 4019, "serial/<i>":  fail when another case runs beside them
 *
 * Its structures are those of the first version of the ABI: what was added later is not there.
 *
 * Thread-safety: cases run on many threads at once; the counters are atomic.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pyharness/suite.h"

enum { plain_cases = 4000, serial_cases = 20, all_cases = plain_cases + serial_cases };

static const pyharness_host* host;
typedef struct first_case {
  const char* name;
  const char* file;
  uint32_t line;
  uint32_t flags;
  uint64_t timeout_ms;
  const char* tags;
} first_case;
static first_case cases[all_cases];
static char names[all_cases][16];
static atomic_uint runs[all_cases];
static atomic_int at_once;

/* For tests in the same process. */
__attribute__((visibility("default"))) unsigned bare_runs(size_t index) { return atomic_load(&runs[index]); }
__attribute__((visibility("default"))) void bare_forget(void) {
  size_t index;
  for (index = 0; index < all_cases; ++index) {
    atomic_store(&runs[index], 0);
  }
}

static uint32_t run_plain(pyharness_context* context, size_t index) {
  if (index % 10 == 7) {
    const pyharness_report report = {sizeof report, PYHARNESS_REPORT_FAILURE, "bare.c", (uint32_t)index, 0,
                                     names[index],  strlen(names[index])};
    host->report(context, &report);
  }
  if (index % 10 == 9) {
    char text[32];
    const int length = snprintf(text, sizeof text, "out %zu\n", index);
    return write(STDOUT_FILENO, text, (size_t)length) == length ? PYHARNESS_PASS : PYHARNESS_FAIL;
  }
  return index % 10 == 8 ? PYHARNESS_SKIP : PYHARNESS_PASS;
}

static uint32_t run(pyharness_context* context, size_t index) {
  const int beside = atomic_fetch_add(&at_once, 1);
  uint32_t result = index < plain_cases ? run_plain(context, index) : PYHARNESS_PASS;
  atomic_fetch_add(&runs[index], 1);
  if (index >= plain_cases && (beside != 0 || atomic_load(&at_once) != 1)) {
    result = PYHARNESS_FAIL;
  }
  atomic_fetch_sub(&at_once, 1);
  return result;
}

__attribute__((visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* given) {
  static const pyharness_suite suite = {PYHARNESS_ABI_VERSION,
                                        offsetof(pyharness_suite, isolation),
                                        sizeof(first_case),
                                        0,
                                        "bare",
                                        NULL,
                                        NULL,
                                        all_cases,
                                        (const pyharness_case*)(const void*)cases,
                                        run,
                                        0xbad,
                                        0};
  size_t index;
  host = given;
  for (index = 0; index < all_cases; ++index) {
    snprintf(names[index], sizeof names[index], "%s/%zu", index < plain_cases ? "plain" : "serial", index);
    cases[index].name = names[index];
    cases[index].file = "bare.c";
    cases[index].line = (uint32_t)index;
    cases[index].flags = index < plain_cases ? 0 : PYHARNESS_CASE_SERIAL;
    cases[index].timeout_ms = PYHARNESS_TIMEOUT_DEFAULT;
  }
  return &suite;
}
