/* A process number alone doesn't tell a child: it may be the parent's when that is gone, or in a namespace of
 * its own. A page that the kernel clears at every fork does (Linux 4.14; emulators agree to the request and
 * don't do it), so one that differs in either is a child. System calls by number: a library takes no more
 * names from its process than it must (runtime.h). */
#define _GNU_SOURCE
#include "runtime/origin.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

enum { mark_bytes = 1 }; /* the kernel makes it a page, whatever a page is */

static int64_t this_process(void) {
  return syscall(SYS_getpid);
}

void ninc_origin_remember(struct ninc_origin *origin) {
  origin->process = this_process();
  origin->mark = NULL;
  const long address = syscall(SYS_mmap, NULL, (size_t)mark_bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  if (address == -1) return;
  unsigned char *mark = (unsigned char *)address;
  *mark = 1;
  if (syscall(SYS_madvise, mark, (size_t)mark_bytes, MADV_WIPEONFORK) == 0)
    origin->mark = mark;
  else
    syscall(SYS_munmap, mark, (size_t)mark_bytes);
}

int ninc_origin_is_here(const struct ninc_origin *origin) {
  return (!origin->mark || *origin->mark) && origin->process == this_process();
}

void ninc_origin_forget(struct ninc_origin *origin) {
  if (origin->mark) syscall(SYS_munmap, origin->mark, (size_t)mark_bytes);
  origin->mark = NULL;
}
