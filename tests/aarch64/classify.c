/* Runs the compiled model that it is linked with (MODEL names its descriptor's function) on images from
 * standard input, and writes the outputs of each to standard output: 32-bit floats, inputs and outputs of an
 * image one behind the other.
 *
 *   classify THREADS < images > outputs */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/ninc_model.h"

const ninc_model *MODEL(void);

static void stop(const char *reason) {
  fprintf(stderr, "classify: %s\n", reason);
  exit(1);
}

static void **buffers(const ninc_tensor *tensors, int32_t count) {
  void **memory = calloc((size_t)count, sizeof *memory);
  for (int32_t i = 0; memory && i < count; ++i)
    if (!(memory[i] = malloc((size_t)tensors[i].bytes))) stop("no memory");
  if (!memory) stop("no memory");
  return memory;
}

/* 0 at the end of the images. */
static int read_image(const ninc_model *model, void **inputs) {
  for (int32_t i = 0; i < model->n_inputs; ++i)
    if (fread(inputs[i], (size_t)model->inputs[i].bytes, 1, stdin) != 1) return 0;
  return 1;
}

int main(int argc, char **argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  const ninc_model *model = MODEL();
  if (model->supported() != NINC_OK) stop(model->strerror(model->supported()));
  fprintf(stderr, "%s\n", model->chosen_target());
  int status = NINC_OK;
  ninc_executor *team = threads > 1 ? model->team_create(threads, &status) : NULL;
  if (status != NINC_OK) stop(model->strerror(status));
  const size_t alignment = (size_t)model->scratch_alignment;
  const size_t bytes = (size_t)(model->scratch_bytes + threads * model->scratch_bytes_per_thread);
  void *scratch = aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
  if (!scratch) stop("no memory");
  void **inputs = buffers(model->inputs, model->n_inputs),
       **outputs = buffers(model->outputs, model->n_outputs);
  while (read_image(model, inputs)) {
    status = model->run((const void *const *)inputs, outputs, scratch, team);
    if (status != NINC_OK) stop(model->strerror(status));
    for (int32_t i = 0; i < model->n_outputs; ++i)
      fwrite(outputs[i], (size_t)model->outputs[i].bytes, 1, stdout);
  }
  model->team_destroy(team);
  return fflush(stdout) == 0 ? 0 : 1;
}
