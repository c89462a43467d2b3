/* Parallel loops of a kernel, handed to whatever executor the caller of `run` brought. */
#include "runtime.h"

/* A Halide loop as a ninc_task: lives on the stack of the thread that runs the kernel. */
struct loop {
  halide_task_t task;
  void *user_context;
  uint8_t *closure;
  int min;
};

static int run_iteration(void *closure, int32_t index) {
  const struct loop *loop = closure;
  return loop->task(loop->user_context, loop->min + index, loop->closure);
}

int halide_do_par_for(void *user_context, halide_task_t task, int min, int size, uint8_t *closure) {
  const ninc_executor *executor = user_context;
  if (executor && executor->parallel_for && size > 1) {
    struct loop loop = {task, user_context, closure, min};
    return executor->parallel_for(executor->self, run_iteration, &loop, size);
  }
  for (int i = 0; i < size; ++i) {
    const int status = task(user_context, min + i, closure);
    if (status != 0) return status;
  }
  return 0;
}
