/* The lock is an address in Linux's abstract socket namespace: one socket of the process can have it, and it
 * is free again when that is closed, however the process ends.
 *
 * Such addresses belong to a network namespace, and this one has the process's number in it. So processes, in
 * one container or in several, don't exclude one another; nor does a thread with a network namespace of its
 * own exclude the others. Only where containers share their network, but not the numbers of their processes,
 * may two processes have one lock: they wait for each other, some seconds at most. */
#define _GNU_SOURCE
#include "process_lock.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { most_tries = 5000 }; /* a millisecond each */

int ninc_process_lock(const char *name) {
  const int lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (lock < 0) return lock;
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  /* The first byte stays 0: no file. */
  const int length =
      snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "ninc-%s-%ld", name, (long)getpid());
  const socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
  const struct timespec pause = {0, 1000000};
  for (int i = 0; i < most_tries; ++i) {
    if (bind(lock, (const struct sockaddr *)&address, bytes) == 0 || errno != EADDRINUSE) break;
    nanosleep(&pause, NULL);
  }
  return lock;
}

void ninc_process_unlock(int lock) {
  if (lock >= 0) close(lock);
}
