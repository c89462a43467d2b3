/* What a compiled model takes along: a few C functions, linked into every library that ninc makes.
 *
 * They are made local to the library (hidden, and in a .o or .a no longer global), so any number of models
 * live in one process. They call nothing but pthread_create, pthread_join, pthread_sigmask, sigfillset,
 * malloc, free, clock_gettime and syscall; inside `run` only the last two (waiting for threads and, on
 * demand, timing kernels). No global is written to once the library is loaded. */
#ifndef NINC_RUNTIME_H
#define NINC_RUNTIME_H

#include "ninc_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Instruction sets by their number in the x86-64 psABI ("x86-64-v3"); 0 needs no check. */
enum ninc_cpu_level {
  NINC_CPU_ANY = 0,
  NINC_CPU_X86_64_V2 = 2,
  NINC_CPU_X86_64_V3 = 3,
  NINC_CPU_X86_64_V4 = 4
};

/* NINC_OK if this CPU has the level and the system saves its registers, else NINC_ERROR_CPU. Costs a load. */
int ninc_cpu_check(int level);

/* Nanoseconds since some moment in the past; never goes back. */
uint64_t ninc_clock_ns(void);

/* A sentence for a status, without a full stop; never NULL. */
const char *ninc_status_text(int status);

/* See ninc_model.team_create and team_destroy. `status` may be NULL. */
ninc_executor *ninc_team_create(int32_t threads, int *status);
void ninc_team_destroy(ninc_executor *team);

/* The one function that kernels call: task(user_context, i, closure) for each i in [min, min + size).
 * user_context is a const ninc_executor * or NULL. The name and the signature are Halide's. */
typedef int (*halide_task_t)(void *user_context, int index, uint8_t *closure);
int halide_do_par_for(void *user_context, halide_task_t task, int min, int size, uint8_t *closure);

#ifdef __cplusplus
}
#endif
#endif /* NINC_RUNTIME_H */
