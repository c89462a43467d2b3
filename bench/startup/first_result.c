/* The same for ninc from C: what a program pays that embeds the library.
 *
 *   first_result MODEL
 *
 * Writes what startup/usage.py writes. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "ninc_model.h"

static void *allocate(int64_t bytes, int64_t alignment) {
  void *memory = NULL;
  if (alignment < (int64_t)sizeof(void *)) alignment = sizeof(void *);
  return posix_memalign(&memory, (size_t)alignment, bytes > 0 ? (size_t)bytes : 1) == 0 ? memory : NULL;
}

static long peak_bytes(void) {
  char line[256];
  long kib = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
  if (status) fclose(status);
  return 1024 * kib;
}

int main(int argc, char **argv) {
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library) return fprintf(stderr, "usage: first_result MODEL\n%s\n", argc == 2 ? dlerror() : ""), 2;
  const ninc_model_function describe = (ninc_model_function)dlsym(library, NINC_MODEL_SYMBOL);
  const ninc_model *model = describe();
  if (model->abi != NINC_MODEL_ABI) return fprintf(stderr, "model ABI %d\n", (int)model->abi), 1;

  float *image = allocate(model->inputs[0].bytes, sizeof(float));
  float *prob = allocate(model->outputs[0].bytes, sizeof(float));
  void *scratch = allocate(model->scratch_bytes + model->scratch_bytes_per_thread, model->scratch_alignment);
  if (!image || !prob || !scratch) return fprintf(stderr, "out of memory\n"), 1;
  for (int64_t i = 0; i < model->inputs[0].bytes / (int64_t)sizeof(float); ++i)
    image[i] = 0.5f;

  const void *inputs[] = {image};
  void *outputs[] = {prob};
  const int status = model->run(inputs, outputs, scratch, NULL);
  if (status != NINC_OK) return fprintf(stderr, "%s\n", model->strerror(status)), 1;
  puts("done");
  fflush(stdout);
  printf("{\"peak_bytes\": %ld, \"libraries\": []}\n", peak_bytes());
  return 0;
}
