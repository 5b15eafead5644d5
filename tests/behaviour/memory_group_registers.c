/* Preloaded into User Mode Linux: lets it set the registers of its processes where the processor has more of them than
 * its buffer has room for (AMX). The kernel of this machine takes all of them or none, so those beyond the buffer are
 * read first and handed back as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { extended_state = 0x202 /* NT_X86_XSTATE */, room = 1 << 16 };

typedef long (*ptrace_function)(int, pid_t, void*, void*);

static size_t smaller(size_t one, size_t other) { return one < other ? one : other; }

long ptrace(enum __ptrace_request request, ...) {
  static _Thread_local char all[room];
  const ptrace_function next = (ptrace_function)dlsym(RTLD_NEXT, "ptrace");
  struct iovec whole = {all, sizeof all};
  struct iovec* part;
  va_list rest;
  va_start(rest, request);
  const pid_t process = va_arg(rest, pid_t);
  void* address = va_arg(rest, void*);
  void* data = va_arg(rest, void*);
  va_end(rest);
  part = data;
  if ((size_t)address != extended_state || (request != PTRACE_GETREGSET && request != PTRACE_SETREGSET)) {
    return next(request, process, address, data);
  }
  if (next(PTRACE_GETREGSET, process, address, &whole) != 0) {
    return -1;
  }
  if (request == PTRACE_GETREGSET) {
    part->iov_len = smaller(part->iov_len, whole.iov_len);
    memcpy(part->iov_base, all, part->iov_len);
    return 0;
  }
  memcpy(all, part->iov_base, smaller(part->iov_len, whole.iov_len));
  return next(PTRACE_SETREGSET, process, address, &whole);
}
