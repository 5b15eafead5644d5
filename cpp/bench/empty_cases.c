/* A suite of cases that do nothing, against the C ABI. All tasks of a benchmark are its one case. */
#include "pyharness/suite.h"

static uint32_t run(pyharness_context* context, size_t index) {
  (void)context;
  (void)index;
  return PYHARNESS_PASS;
}

__attribute__((visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* host);
__attribute__((visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* host) {
  static const pyharness_case empty = {"empty", 0, 0, 0, PYHARNESS_TIMEOUT_DEFAULT, 0, 0, 0};
  static const pyharness_suite suite = {PYHARNESS_ABI_VERSION,
                                        sizeof(pyharness_suite),
                                        sizeof(pyharness_case),
                                        0,
                                        "empty_cases",
                                        0,
                                        0,
                                        1,
                                        &empty,
                                        run,
                                        0,
                                        0};
  (void)host;
  return &suite;
}
