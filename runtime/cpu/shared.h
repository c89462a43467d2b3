/* A number that all threads share, each read or written at once and in no order with anything else. */
#ifndef NINC_SHARED_H
#define NINC_SHARED_H

#include <stdint.h>

#ifdef NINC_ONE_THREAD /* and perhaps a core without such instructions */

typedef int32_t ninc_shared_int32;

static inline int32_t ninc_shared_load(const ninc_shared_int32 *number) {
  return *number;
}
static inline void ninc_shared_store(ninc_shared_int32 *number, int32_t value) {
  *number = value;
}
static inline int32_t ninc_shared_set_first(ninc_shared_int32 *number, int32_t value) {
  if (*number == 0) *number = value;
  return *number;
}

#else

#include <stdatomic.h>

typedef _Atomic int32_t ninc_shared_int32;

static inline int32_t ninc_shared_load(ninc_shared_int32 *number) {
  return atomic_load_explicit(number, memory_order_relaxed);
}
static inline void ninc_shared_store(ninc_shared_int32 *number, int32_t value) {
  atomic_store_explicit(number, value, memory_order_relaxed);
}
/* Makes it the value unless it is something else than 0 already; what it is then. */
static inline int32_t ninc_shared_set_first(ninc_shared_int32 *number, int32_t value) {
  int32_t before = 0;
  return atomic_compare_exchange_strong(number, &before, value) ? value : before;
}

#endif
#endif /* NINC_SHARED_H */
