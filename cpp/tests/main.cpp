// The entry of the engine's tests.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <stdlib.h>

#include "support/suites.h"

int main(int count, char** words) {
  if (pyharness::test::sanitizer == "thread") {
    // For the hosts: ThreadSanitizer would end a process that was forked beside threads as soon as it starts one
    // itself.
    ::setenv("TSAN_OPTIONS", "die_after_fork=0", 0);
  }
  return doctest::Context(count, words).run();
}
