/* What a compiled model takes along: a few C functions, linked into every library that ninc makes.
 *
 * There are two forms of them. What is said here is so on Linux. With NINC_FREESTANDING they take nothing
 * from a system but memcpy and memset: no team, no clock, no environment; with NINC_ONE_THREAD besides, loops
 * run in the calling thread whoever the executor is.
 *
 * They are made local to the library (hidden, and in a .o or .a no longer global), so any number of models
 * live in one process. They call nothing but pthread_create, pthread_join, pthread_sigmask, sigfillset,
 * malloc, free, clock_gettime, syscall and, once, getenv and getauxval; inside `run` only clock_gettime and
 * syscall (waiting for threads and, on demand, timing kernels). In a child of fork they do what ninc_model.h
 * says. Two globals are written to, atomically: what this CPU is (cpu.c) and which target is used (run.c);
 * nothing runs when a library is loaded. */
#ifndef NINC_RUNTIME_H
#define NINC_RUNTIME_H

#include "runtime/ninc_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Instruction sets by their number in the x86-64 psABI ("x86-64-v3"); 0 needs no check. Numbers of other
 * architectures are their own. */
enum ninc_cpu_level {
  NINC_CPU_ANY = 0,
  NINC_CPU_AARCH64_DOT_PRODUCT = 1,
  NINC_CPU_RISCV64_VECTOR = 1,
  NINC_CPU_X86_64_V2 = 2,
  NINC_CPU_X86_64_V3 = 3,
  NINC_CPU_X86_64_V4 = 4,
  NINC_CPU_HIGHEST = 4
};

/* NINC_OK if this CPU has the level and the system saves its registers, else NINC_ERROR_CPU. Asks the CPU the
 * first time, then costs a load. */
int ninc_cpu_check(int level);

/* See ninc_model.supported, chosen_target and use_target. `model` is the library's own. */
int ninc_supported(const ninc_model *model);
const char *ninc_chosen_target(const ninc_model *model);
int ninc_use_target(const ninc_model *model, const char *target);

/* The number of the size whose first map among the inputs has so many rows and columns; -1 if there is none.
 */
int32_t ninc_size_for(const ninc_model *model, int64_t rows, int64_t columns);

/* See ninc_model.run_batch. */
int ninc_run(const ninc_model *model, int32_t size, int32_t images, const void *const *inputs,
             void *const *outputs, void *scratch, const ninc_executor *executor);

/* Nanoseconds since some moment in the past; never goes back. */
uint64_t ninc_clock_ns(void);

/* A sentence for a status, without a full stop; never NULL. */
const char *ninc_status_text(int status);

/* See ninc_model.team_create and team_destroy. `status` may be NULL. */
ninc_executor *ninc_team_create(int32_t threads, int *status);
void ninc_team_destroy(ninc_executor *team);

/* A piece of a worker's slice that halide_malloc has given out. */
struct ninc_scratch_piece {
  int64_t offset, bytes;
};

enum { NINC_SCRATCH_PIECES = 16, NINC_SCRATCH_ALIGNMENT = 128 };

/* What a kernel gets as Halide's user context: who runs its loops, and this worker's slice of the caller's
 * scratch. The host module (codegen/library/HostSteps.cpp) makes the first one on the stack of a step and
 * knows the layout; each worker of a parallel loop has its own. */
struct ninc_kernel_context {
  const ninc_executor *executor; /* NULL: loops run in this thread */
  unsigned char *slice; /* of slice_bytes, aligned to NINC_SCRATCH_ALIGNMENT; the next worker's follows */
  int64_t slice_bytes;
  int32_t n_pieces;
  int32_t status; /* the first failure of a loop: kernels don't look at what halide_do_par_for returns */
  struct ninc_scratch_piece pieces[NINC_SCRATCH_PIECES]; /* by offset; the first n_pieces are in use */
};

/* What kernels call; the names and signatures are Halide's.
 *
 * halide_do_par_for calls task(context, i, closure) for each i in [min, min + size) until one fails, and
 * returns its result or 0. halide_malloc gives NULL when the slice is used up (compileKernel has computed
 * that it never is); addresses are multiples of NINC_SCRATCH_ALIGNMENT. halide_free takes NULL too. */
typedef int (*halide_task_t)(void *context, int index, uint8_t *closure);
int halide_do_par_for(void *context, halide_task_t task, int min, int size, uint8_t *closure);
void *halide_malloc(void *context, size_t bytes);
void halide_free(void *context, void *memory);

#ifdef __cplusplus
}
#endif
#endif /* NINC_RUNTIME_H */
