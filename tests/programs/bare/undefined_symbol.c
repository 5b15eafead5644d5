#include <stddef.h>

int nobody_defines_this(void);
const void* pyharness_suite_entry(const void* host);
const void* pyharness_suite_entry(const void* host) {
  (void)host;
  return nobody_defines_this() != 0 ? host : NULL;
}
