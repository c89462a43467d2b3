/* Parallel loops of a kernel, handed to whatever executor the caller of `run` brought.
 *
 * The executor is asked for at most `threads` tasks, each a worker. A loop's iterations are cut into as many
 * ranges as there are workers; each worker goes through its own range and then takes what is left of the
 * others', so a worker that is held up costs no more than its own iteration. Ranges rather than a common
 * counter, because a kernel's loops follow one another over the same rows: what a worker has just written is
 * in its core's cache, and it meets it again. A worker's number is also the number of its slice of scratch.
 * Loops inside a worker run in its thread. */
#include "runtime/cpu/runtime.h"

#ifndef NINC_ONE_THREAD

#include <stdatomic.h>

enum { CACHE_LINE = 64, RANGES = 64 };

/* The iterations of one worker, drawn from `next` on; alone on its cache line, since others rarely touch it.
 */
struct range {
  _Alignas(CACHE_LINE) _Atomic int64_t next; /* each worker draws once too often */
  int end;
};

/* Lives on the stack of the thread that runs the kernel. */
struct loop {
  halide_task_t task;
  uint8_t *closure;
  int min;
  int32_t ranges; /* one a worker; with more workers than RANGES some start in the same one */
  const struct ninc_kernel_context *caller;
  _Atomic int failed;
  struct range range[RANGES];
};

#endif

/* Taken into the kernel that asks, so that a call of `task` isn't through a pointer there. */
#ifdef NINC_ONE_THREAD
__attribute__((always_inline))
#endif
static inline int
run_in_this_thread(void *context, halide_task_t task, int min, int size, uint8_t *closure) {
  for (int i = 0; i < size; ++i) {
    const int status = task(context, min + i, closure);
    if (status != 0) return status;
  }
  return 0;
}

#ifdef NINC_ONE_THREAD

__attribute__((always_inline)) int halide_do_par_for(void *context, halide_task_t task, int min, int size,
                                                     uint8_t *closure) {
  struct ninc_kernel_context *caller = context;
  const int status = run_in_this_thread(context, task, min, size, closure);
  if (status != 0 && caller->status == 0) caller->status = status;
  return status;
}

#else

/* Worker 0 goes on where the caller stands in its slice; the others start with an empty one. */
static struct ninc_kernel_context worker_context(const struct ninc_kernel_context *caller, int32_t worker) {
  struct ninc_kernel_context context = *caller;
  context.executor = NULL;
  context.status = 0;
  context.slice += worker * caller->slice_bytes;
  if (worker > 0) context.n_pieces = 0;
  return context;
}

/* Runs what is left of a range. */
static int run_range(struct loop *loop, struct range *range, struct ninc_kernel_context *context) {
  while (!atomic_load_explicit(&loop->failed, memory_order_relaxed)) {
    const int64_t i = atomic_fetch_add(&range->next, 1);
    if (i >= range->end) break;
    int status = loop->task(context, loop->min + (int)i, loop->closure);
    if (status == 0) status = context->status;
    if (status != 0) {
      atomic_store(&loop->failed, 1);
      return status;
    }
  }
  return 0;
}

static int run_worker(void *closure, int32_t worker) {
  struct loop *loop = closure;
  struct ninc_kernel_context context = worker_context(loop->caller, worker);
  for (int32_t n = 0; n < loop->ranges; ++n) {
    struct range *range = &loop->range[(worker + n) % loop->ranges];
    if (atomic_load_explicit(&range->next, memory_order_relaxed) >= range->end) continue;
    const int status = run_range(loop, range, &context);
    if (status != 0) return status;
  }
  return 0;
}

static int all_drawn(const struct loop *loop) {
  for (int32_t n = 0; n < loop->ranges; ++n)
    if (atomic_load(&loop->range[n].next) < loop->range[n].end) return 0;
  return 1;
}

/* Starts the workers and waits for them. */
static int run_in_executor(const struct ninc_kernel_context *caller, halide_task_t task, int min, int size,
                           uint8_t *closure) {
  const ninc_executor *executor = caller->executor;
  const int32_t workers = size < executor->threads ? size : executor->threads;
  struct loop loop;
  loop.task = task;
  loop.closure = closure;
  loop.min = min;
  loop.ranges = workers < RANGES ? workers : RANGES;
  loop.caller = caller;
  atomic_init(&loop.failed, 0);
  for (int32_t n = 0; n < loop.ranges; ++n) {
    atomic_init(&loop.range[n].next, (int64_t)size * n / loop.ranges);
    loop.range[n].end = (int)((int64_t)size * (n + 1) / loop.ranges);
  }
  const int status = executor->parallel_for(executor->self, run_worker, &loop, workers);
  if (status != 0) return status;
  return all_drawn(&loop) ? 0 : NINC_ERROR_THREADS;
}

int halide_do_par_for(void *context, halide_task_t task, int min, int size, uint8_t *closure) {
  struct ninc_kernel_context *caller = context;
  const ninc_executor *executor = caller->executor;
  const int alone = !executor || !executor->parallel_for || executor->threads <= 1 || size <= 1;
  const int status = alone ? run_in_this_thread(context, task, min, size, closure)
                           : run_in_executor(caller, task, min, size, closure);
  if (status != 0 && caller->status == 0) caller->status = status;
  return status;
}

#endif
