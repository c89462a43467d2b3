/* Parallel loops of a kernel, handed to whatever executor the caller of `run` brought.
 *
 * The executor is asked for at most `threads` tasks, each a worker that draws iterations from a common
 * counter until none is left: so a worker's number is also the number of its slice of scratch, and a worker
 * that is held up costs no more than its own iteration. Loops inside a worker run in its thread. */
#include "runtime.h"

#include <stdatomic.h>

/* Lives on the stack of the thread that runs the kernel. */
struct loop {
  halide_task_t task;
  uint8_t *closure;
  int min, size;
  const struct ninc_kernel_context *caller;
  _Atomic int64_t next;
};

static int run_in_this_thread(void *context, halide_task_t task, int min, int size, uint8_t *closure) {
  for (int i = 0; i < size; ++i) {
    const int status = task(context, min + i, closure);
    if (status != 0) return status;
  }
  return 0;
}

/* Worker 0 goes on where the caller stands in its slice; the others start with an empty one. */
static struct ninc_kernel_context worker_context(const struct ninc_kernel_context *caller, int32_t worker) {
  struct ninc_kernel_context context = *caller;
  context.executor = NULL;
  context.status = 0;
  context.slice += worker * caller->slice_bytes;
  if (worker > 0) context.n_pieces = 0;
  return context;
}

static int run_worker(void *closure, int32_t worker) {
  struct loop *loop = closure;
  struct ninc_kernel_context context = worker_context(loop->caller, worker);
  for (int64_t i; (i = atomic_fetch_add(&loop->next, 1)) < loop->size;) {
    int status = loop->task(&context, loop->min + (int)i, loop->closure);
    if (status == 0) status = context.status;
    if (status != 0) {
      atomic_store(&loop->next, loop->size);
      return status;
    }
  }
  return 0;
}

/* Starts the workers and waits for them. */
static int run_in_executor(const struct ninc_kernel_context *caller, halide_task_t task, int min, int size,
                           uint8_t *closure) {
  const ninc_executor *executor = caller->executor;
  struct loop loop = {task, closure, min, size, caller, 0};
  const int32_t workers = size < executor->threads ? size : executor->threads;
  const int status = executor->parallel_for(executor->self, run_worker, &loop, workers);
  if (status != 0) return status;
  return atomic_load(&loop.next) < size ? NINC_ERROR_THREADS : 0;
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
