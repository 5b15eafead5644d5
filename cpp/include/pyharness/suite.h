/* The C ABI between a suite (a shared library of tests) and whoever runs it.
 *
 * A suite exports one function, `pyharness_suite_entry`. Any language that can export a C function and
 * fill C structures can be a suite; `pyharness/test.h` (C99) and `pyharness/test.hpp` (C++17) do it for you.
 *
 * Thread-safety: `pyharness_suite_entry` is called once, by one thread, before any case runs.
 *   `run` is called by many threads at once, each with a context of its own.
 *   The functions of `pyharness_host` may be called by any thread at any time.
 * Ownership: everything a suite hands out stays the suite's and stays valid until the library is unloaded.
 *   What is passed to `report` is copied before it returns.
 * No exception may leave `pyharness_suite_entry` or `run`: catch it and report it.
 *
 * Growth: `abi_version` and `size` stay the first two members of every versioned structure for ever. A reader
 * uses only the members that lie within `size` (of a case: within `case_size`) and takes those beyond it for zero,
 * which always means what was so before the member came. A member is never moved, removed or given another meaning
 * without a new `PYHARNESS_ABI_VERSION`. Structures have no padding at their end: a later member could fall into it.
 */
#ifndef PYHARNESS_SUITE_H
#define PYHARNESS_SUITE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PYHARNESS_ABI_VERSION 1u

/* `pyharness_case.timeout_ms`: the run decides (`--timeout`). Zero means: no limit. */
#define PYHARNESS_TIMEOUT_DEFAULT UINT64_MAX

/* `pyharness_case.flags` */
#define PYHARNESS_CASE_SERIAL 1u   /* runs while no other case runs */
#define PYHARNESS_CASE_DISABLED 2u /* runs only on request */

/* `isolation` of a case, or of all cases of a suite that do not say it themselves. */
#define PYHARNESS_ISOLATION_AUTO 0u    /* a case: as its suite says; a suite: the run decides */
#define PYHARNESS_ISOLATION_THREAD 1u  /* on a thread, beside others of its process */
#define PYHARNESS_ISOLATION_PROCESS 2u /* alone in a process, which other cases have had before */
#define PYHARNESS_ISOLATION_CASE 3u    /* in a process of its own */

/* What `run` returns. A reported failure or skip counts too: the worst of both is the outcome. */
#define PYHARNESS_PASS 0u
#define PYHARNESS_FAIL 1u
#define PYHARNESS_SKIP 2u

/* `pyharness_report.kind` */
#define PYHARNESS_REPORT_FAILURE 1u
#define PYHARNESS_REPORT_SKIP 2u

/* One attempt of one case. Only the host looks inside. */
typedef struct pyharness_context pyharness_context;

/* Something a case has to say: why it failed, why it skips. Texts are UTF-8 by intent; any bytes are accepted. */
typedef struct pyharness_report {
  uint32_t size; /* sizeof(pyharness_report) as the suite was compiled */
  uint32_t kind;
  const char* file; /* NULL: not known */
  uint32_t line;    /* 0: not known */
  uint32_t reserved;
  const char* message;
  size_t message_length; /* bytes, without a terminating zero */
} pyharness_report;

/* What the host offers to a suite. Valid as long as the suite is loaded. */
typedef struct pyharness_host {
  uint32_t abi_version;
  uint32_t size;
  /* Adds a report to an attempt. Without a context it cannot count, and is written to standard error. */
  void (*report)(pyharness_context* context, const pyharness_report* report);
  /* The attempt that the calling thread belongs to: also right in threads that a case has started.
   * NULL when the thread belongs to none. */
  pyharness_context* (*current)(void);
  /* 1 on the very thread that `run` was called on, 0 on every other thread. */
  int (*on_case_thread)(void);
} pyharness_host;

typedef struct pyharness_case {
  const char* name; /* unique in its suite, not empty, without control characters */
  const char* file; /* NULL: not known */
  uint32_t line;    /* 0: not known */
  uint32_t flags;
  uint64_t timeout_ms;
  const char* tags;          /* separated by blanks; NULL: none */
  uint32_t isolation;        /* added later, like all that follows */
  uint32_t threads_required; /* workers whose place it takes; 0: one; more than there are: all */
} pyharness_case;

typedef struct pyharness_suite {
  uint32_t abi_version;
  uint32_t size;      /* sizeof(pyharness_suite) as the suite was compiled */
  uint32_t case_size; /* sizeof(pyharness_case) as the suite was compiled: the stride of `cases` */
  uint32_t flags;     /* none defined yet: 0 */
  const char* name;   /* NULL: the host names the suite after its file */
  const char* group;  /* NULL: none */
  const char* error;  /* not NULL: the suite cannot run, and this is why */
  size_t case_count;
  const pyharness_case* cases;
  /* Runs case `index` on the calling thread. */
  uint32_t (*run)(pyharness_context* context, size_t index);
  uint32_t isolation; /* added later, like all that follows */
  uint32_t reserved;  /* 0 */
} pyharness_suite;

/* The one symbol a suite exports. Must not return NULL. */
typedef const pyharness_suite* (*pyharness_suite_entry_function)(const pyharness_host* host);
#define PYHARNESS_SUITE_ENTRY "pyharness_suite_entry"

#ifdef __cplusplus
}
#endif

#endif
