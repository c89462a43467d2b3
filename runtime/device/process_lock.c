/* The lock is flock(2)'s, on a file that is the process's own: /proc/self/environ, whatever it holds. Each
 * process has another one; whoever opens it anew may be locked out by who has it open, so threads are; and no
 * other user may open it, so nobody else can take the lock and keep it. It is free again when it is closed,
 * however the process ends. Processes, in one container or in several, don't exclude one another.
 *
 * Without /proc there is no lock. */
#define _GNU_SOURCE
#include "runtime/device/process_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { most_tries = 5000 }; /* a millisecond each */

int ninc_process_lock(void) {
  const int lock = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
  if (lock < 0) return lock;
  const struct timespec pause = {0, 1000000};
  for (int i = 0; i < most_tries; ++i) {
    if (flock(lock, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR)) break;
    nanosleep(&pause, NULL);
  }
  return lock;
}

void ninc_process_unlock(int lock) {
  if (lock < 0) return;
  flock(lock, LOCK_UN); /* a child that was forked meanwhile has it open, too */
  close(lock);
}
