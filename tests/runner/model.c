/* A model by hand, y = x on two numbers, and what can be wrong with one: the macro FAULT says which. */
#include "runtime/ninc_model.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum fault {
  NOTHING,
  CRASHES,
  LOOPS,
  EATS_MEMORY,             /* and says so */
  EATS_MEMORY_AND_CRASHES, /* for not looking at what malloc gave */
  WRITES_BEFORE,
  WRITES_BEHIND,
  WRITES_FAR_BEFORE,
  WRITES_FAR_BEHIND,
  WRITES_BEFORE_SCRATCH,
  WRITES_BEHIND_SCRATCH,
  WRITES_TO_INPUT,
  WRITES_NOTHING,
  WRONG_LATER,
  FAILS,
  LEAVES,
  PRINTS,
  SLOW,
  ANOTHER_ABI,
  FOR_ANOTHER_CPU,
  CRASHES_AT_LOAD,
  IMPORTS_MORE,
  THREAD_LOCAL,
  NO_TEAM,
  ADDS_WEIGHTS, /* no fault: y = x + w */
  MOST_SCRATCH
};
#ifndef FAULT
#define FAULT NOTHING
#endif

#if IMPORTS == 1
int puts(const char *);
#endif

static const ninc_tensor inputs[2] = {{"x", NINC_F32, 1, {2}, {1}, 8}, {"w", NINC_F32, 1, {2}, {1}, 8}};
static const ninc_tensor output = {"y", NINC_F32, 1, {2}, {1}, 8};
static int runs;
static int *volatile nowhere; /* NULL, which the compiler mustn't know */
#if IMPORTS == 2
static __thread int of_thread;
#endif

static void eat_memory(int checked) {
  for (;;) {
    char *volatile memory = malloc(1 << 20);
    if (!memory && checked) return;
    *memory = 1;
  }
}

static int run(const void *const *in, void *const *out, void *scratch, const ninc_executor *executor) {
  const float *x = in[0];
  float *y = out[0];
  (void)executor;
  ++runs;
  for (int i = 0; i < 2 && FAULT != WRITES_NOTHING; ++i)
    y[i] = x[i] + (FAULT == ADDS_WEIGHTS ? ((const float *)in[1])[i] : 0);
  switch (FAULT) {
  case CRASHES:
    *nowhere = 1;
    break;
  case LOOPS:
    for (volatile int forever = 1; forever;)
      ;
    break;
  case EATS_MEMORY:
    eat_memory(1);
    return NINC_ERROR_THREADS;
  case EATS_MEMORY_AND_CRASHES:
    eat_memory(0);
    break;
  case WRITES_BEFORE:
    y[-1] = 1;
    break;
  case WRITES_BEHIND:
    y[2] = 1;
    break;
  case WRITES_FAR_BEFORE:
    y[-20000] = 1;
    break;
  case WRITES_FAR_BEHIND:
    y[16] = 1;
    break;
  case WRITES_BEFORE_SCRATCH:
    ((char *)scratch)[-1] = 1;
    break;
  case WRITES_BEHIND_SCRATCH:
    ((char *)scratch)[100] = 1;
    break;
  case WRITES_TO_INPUT:
    ((volatile float *)x)[0] = 1;
    break;
  case WRONG_LATER:
    if (runs > 1) y[1] += 1;
    break;
  case FAILS:
    return NINC_ERROR_THREADS;
  case LEAVES:
    syscall(SYS_exit_group, 0);
    break;
  case PRINTS:
    for (int descriptor = 0; descriptor < 3; ++descriptor)
      syscall(SYS_write, descriptor, "garbage\n", 8);
    break;
  case SLOW:
    for (volatile int i = 0; i < 1000000; ++i)
      ;
    break;
#if IMPORTS == 1
  case IMPORTS_MORE:
    puts("x");
    break;
#elif IMPORTS == 2
  case THREAD_LOCAL:
    ++of_thread;
    break;
#endif
  default:
    break;
  }
  return NINC_OK;
}

static int supported(void) {
  return FAULT == FOR_ANOTHER_CPU ? NINC_ERROR_CPU : NINC_OK;
}
static const char *what(int status) {
  return status == NINC_ERROR_CPU ? "wrong CPU" : "it went wrong";
}

static int in_order(void *self, ninc_task task, void *closure, int32_t count) {
  (void)self;
  for (int32_t i = 0; i < count; ++i)
    task(closure, i);
  return 0;
}
static ninc_executor *team(int32_t threads, int *status) {
  static ninc_executor executor = {in_order, 0, 1, 0};
  *status = FAULT == NO_TEAM ? NINC_ERROR_THREADS : NINC_OK;
  executor.threads = threads;
  return FAULT == NO_TEAM ? 0 : &executor;
}
static void destroy(ninc_executor *executor) {
  (void)executor;
}

__attribute__((constructor)) static void at_load(void) {
  if (FAULT == CRASHES_AT_LOAD) *nowhere = 1;
}

static const int32_t result_output = 0;
static const int64_t result_offset = -1;
static const ninc_kernel kernel = {"y", "relu", "", 0, 16, 1, &output, &result_output, &result_offset,
                                   run, 0,      0};

static const ninc_size size = {inputs, &output, 0};
static const ninc_version version = {"any", 0, 0, 1, 1, &kernel};

const ninc_model *ninc_model_v1(void);
const ninc_model *ninc_model_v1(void) {
  static const ninc_model model = {.abi = FAULT == ANOTHER_ABI ? 99 : NINC_MODEL_ABI,
                                   .struct_bytes = sizeof(ninc_model),
                                   .name = "hand_made",
                                   .compiler = "a person",
                                   .target = "any",
                                   .batch = 1,
                                   .least_batch = 1,
                                   .n_inputs = FAULT == ADDS_WEIGHTS ? 2 : 1,
                                   .n_outputs = 1,
                                   .n_sizes = 1,
                                   .n_versions = 1,
                                   .most_kernels = 1,
                                   .inputs = inputs,
                                   .outputs = &output,
                                   .sizes = &size,
                                   .versions = &version,
                                   .scratch_bytes = FAULT == MOST_SCRATCH ? INT64_C(1) << 40 : 100,
                                   .scratch_alignment = 64,
                                   .supported = supported,
                                   .run = run,
                                   .strerror = what,
                                   .team_create = team,
                                   .team_destroy = destroy};
  return &model;
}
