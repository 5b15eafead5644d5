/* A suite of a later version: its structures have grown at their ends. A reader steps by the sizes it is told. */
#include <pyharness/suite.h>

typedef struct {
  pyharness_case known;
  uint64_t later[3];
} larger_case;
typedef struct {
  pyharness_suite known;
  uint64_t later[5];
} larger_suite;

static const larger_case cases[] = {
    {{"first", "later.c", 1, 0, PYHARNESS_TIMEOUT_DEFAULT, "old", PYHARNESS_ISOLATION_AUTO, 0}, {9, 9, 9}},
    {{"second", "later.c", 2, PYHARNESS_CASE_SERIAL, 750, "new", PYHARNESS_ISOLATION_CASE, 4}, {9, 9, 9}},
    {{"third", NULL, 0, 0, 0, NULL, PYHARNESS_ISOLATION_THREAD, 1}, {9, 9, 9}},
};
static uint32_t run(pyharness_context* context, size_t index) {
  (void)context;
  return index == 1 ? PYHARNESS_FAIL : PYHARNESS_PASS;
}
static const larger_suite suite = {
    {PYHARNESS_ABI_VERSION, sizeof(larger_suite), sizeof(larger_case), 0, "larger", NULL, NULL, 3, &cases[0].known, run,
     PYHARNESS_ISOLATION_PROCESS, 0},
    {9, 9, 9, 9, 9}};
const pyharness_suite* pyharness_suite_entry(const pyharness_host* host);
const pyharness_suite* pyharness_suite_entry(const pyharness_host* host) {
  (void)host;
  return &suite.known;
}
