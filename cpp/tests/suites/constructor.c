/* A library that never gets as far as being a suite: PYHARNESS_TEST_CONSTRUCTOR_… says what its constructor does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pyharness/suite.h"

__attribute__((constructor)) static void misbehave(void) {
  printf("printed while loading\n");
  fflush(stdout);
#if defined(PYHARNESS_TEST_CONSTRUCTOR_CRASHES)
  signal(SIGABRT, SIG_DFL);
  abort();
#elif defined(PYHARNESS_TEST_CONSTRUCTOR_EXITS)
  _exit(5);
#elif defined(PYHARNESS_TEST_CONSTRUCTOR_HANGS)
  for (;;) {
    pause();
  }
#endif
}

__attribute__((visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* host) {
  (void)host;
  return NULL;
}
