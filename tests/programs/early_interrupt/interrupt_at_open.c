/* Preloaded: when the process opens the first file whose path contains INTERRUPT_AT, it gets SIGINT, as by Ctrl-C. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_and_interrupt(const char* path, int flags, va_list arguments) {
  static int done = 0;
  const char* where = getenv("INTERRUPT_AT");
  const int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, int) : 0;
  if (!done && where != NULL && strstr(path, where) != NULL) {
    done = 1;
    kill(getpid(), SIGINT);
  }
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int file = open_and_interrupt(path, flags, arguments);
  va_end(arguments);
  return file;
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int file = open_and_interrupt(path, flags | O_LARGEFILE, arguments);
  va_end(arguments);
  return file;
}
