/* A suite without our headers: it declares the ABI itself, as a binding in another language would. Its structures stay
 * those of the first version: suites that were built then go on to work. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct context;
struct report { uint32_t size, kind; const char* file; uint32_t line, reserved; const char* message; size_t length; };
struct host { uint32_t abi, size; void (*report)(struct context*, const struct report*); struct context* (*current)(void); int (*on_case_thread)(void); };
struct one_case { const char* name; const char* file; uint32_t line, flags; uint64_t timeout_ms; const char* tags; };
struct suite { uint32_t abi, size, case_size, flags; const char *name, *group, *error; size_t count; const struct one_case* cases; uint32_t (*run)(struct context*, size_t); };

static const struct host* host;
static const struct one_case cases[] = {
    {"passes", "bare.xyz", 10, 0, UINT64_MAX, "first plain"},
    {"fails by report", "bare.xyz", 20, 0, UINT64_MAX, NULL},
    {"fails by return", NULL, 0, 0, UINT64_MAX, NULL},
    {"skips by report", "bare.xyz", 40, 0, UINT64_MAX, NULL},
    {"skips by return", "bare.xyz", 50, 0, UINT64_MAX, NULL},
    {"is disabled", "bare.xyz", 60, 2, UINT64_MAX, NULL},
    {"knows its context", "bare.xyz", 70, 1, 1234, NULL},
    {"returns nonsense", "bare.xyz", 80, 0, 0, NULL},
    {"fails and skips", "bare.xyz", 90, 0, UINT64_MAX, NULL},
};

static void say(struct context* context, uint32_t kind, const char* text) {
  struct report report = {sizeof report, kind, "bare.xyz", 7, 0, text, strlen(text)};
  host->report(context, &report);
}

static uint32_t run(struct context* context, size_t index) {
  switch (index) {
    case 1: say(context, 1, "a report of a failure"); return 0;
    case 2: return 1;
    case 3: say(context, 2, "a reason to skip"); return 0;
    case 4: return 2;
    case 6: return host->current() == context && host->on_case_thread() == 1 ? 0 : 1;
    case 7: return 77;
    case 8: say(context, 2, "skip first"); return 1;
    default: return 0;
  }
}

const struct suite* pyharness_suite_entry(const struct host* given);
const struct suite* pyharness_suite_entry(const struct host* given) {
  static const struct suite suite = {1, sizeof(struct suite), sizeof(struct one_case), 0, "bare", "without headers", NULL, 9, cases, run};
  host = given;
  return &suite;
}
