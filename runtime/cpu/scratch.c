/* Memory for a kernel's intermediate blocks: pieces of the worker's slice, one above the other.
 *
 * Halide frees in reverse order as a rule, so this is a stack; a piece freed out of order is forgotten at
 * once, but its bytes come back only when everything above it is gone. */
#include "runtime/cpu/runtime.h"

static int64_t end_of_last_piece(const struct ninc_kernel_context *context) {
  if (context->n_pieces == 0) return 0;
  const struct ninc_scratch_piece *last = &context->pieces[context->n_pieces - 1];
  return last->offset + last->bytes;
}

void *halide_malloc(void *context, size_t bytes) {
  struct ninc_kernel_context *kernel = context;
  const int64_t offset = end_of_last_piece(kernel);
  if (kernel->n_pieces == NINC_SCRATCH_PIECES || bytes > (size_t)(kernel->slice_bytes - offset)) return NULL;
  const int64_t rounded =
      ((int64_t)bytes + NINC_SCRATCH_ALIGNMENT - 1) / NINC_SCRATCH_ALIGNMENT * NINC_SCRATCH_ALIGNMENT;
  kernel->pieces[kernel->n_pieces++] = (struct ninc_scratch_piece){offset, rounded};
  return kernel->slice + offset;
}

void halide_free(void *context, void *memory) {
  struct ninc_kernel_context *kernel = context;
  for (int32_t i = kernel->n_pieces; i-- > 0;) {
    if (kernel->slice + kernel->pieces[i].offset != memory) continue;
    --kernel->n_pieces;
    for (; i < kernel->n_pieces; ++i)
      kernel->pieces[i] = kernel->pieces[i + 1];
    return;
  }
}
