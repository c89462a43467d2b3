/* The clock of the per-kernel times: monotonic, so that setting the date does no harm. */
#define _GNU_SOURCE
#include "runtime/cpu/runtime.h"

#include <time.h>

uint64_t ninc_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
