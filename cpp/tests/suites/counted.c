/* What `-fprofile-instr-generate` makes of a module, by hand, so that the engine's tests need no second compiler: a
 * section with counters, and the two functions of the profile runtime that hosts call. A profile is a line of text.
 *
 * Thread-safety: one case at a time.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pyharness/suite.h"

#define HIDDEN __attribute__((visibility("hidden")))

__attribute__((section("__llvm_prf_cnts"), used)) static unsigned long long counters[4];
static char profile[4096];

HIDDEN void __llvm_profile_set_filename(const char* name) {
  FILE* file;
  snprintf(profile, sizeof profile, "%s", name);
  file = fopen(profile, "w");
  if (file != NULL) {
    fclose(file);
  }
}

/* As the runtime does, it puts the counts at the end of the file, which it makes when it hears of it. */
HIDDEN int __llvm_profile_write_file(void) {
  FILE* file = fopen(profile, "a");
  if (file == NULL) {
    return 1;
  }
  fprintf(file, "%llu %llu %llu %llu\n", counters[0], counters[1], counters[2], counters[3]);
  return fclose(file);
}

__attribute__((used)) static void (*const keep_name)(const char*) = __llvm_profile_set_filename;
__attribute__((used)) static int (*const keep_write)(void) = __llvm_profile_write_file;

__attribute__((constructor)) static void load(void) { ++counters[0]; }

/* Case 0 counts 10, case 1 counts 100, case 2 counts and dies, case 3 forks a child that counts. */
static const pyharness_case cases[] = {
    {.name = "ten", .file = "counted.c", .line = 1},
    {.name = "hundred", .file = "counted.c", .line = 2},
    {.name = "dies", .file = "counted.c", .line = 3},
    {.name = "forks", .file = "counted.c", .line = 4},
};

static uint32_t run(pyharness_context* context, size_t index) {
  (void)context;
  counters[1] += index == 1 ? 100 : 10;
  if (index == 2) {
    _exit(3);
  }
  if (index == 3) {
    const pid_t child = fork();
    if (child == 0) {
      counters[2] += 1;
      _exit(__llvm_profile_write_file());
    }
    int status = 1;
    return waitpid(child, &status, 0) == child && status == 0 ? PYHARNESS_PASS : PYHARNESS_FAIL;
  }
  return PYHARNESS_PASS;
}

static const pyharness_suite suite = {
    .abi_version = PYHARNESS_ABI_VERSION,
    .size = sizeof(pyharness_suite),
    .case_size = sizeof(pyharness_case),
    .case_count = sizeof cases / sizeof cases[0],
    .cases = cases,
    .run = run,
};

__attribute__((visibility("default"))) const pyharness_suite* pyharness_suite_entry(const pyharness_host* host) {
  (void)host;
  return &suite;
}
