/* What bench/shipping.py measures inside one process.
 *
 *     shipping first LIBRARY              opens a library, runs once, says what memory it takes and waits for
 * a line shipping runs LIBRARY IMAGES N      nanoseconds of each of N runs of so many images, one a line
 *
 * A library's weights may be in the file beside it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ninc_model.h"

static const ninc_model *open_model(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  ninc_model_function describe;
  *(void **)&describe = dlsym(library, NINC_MODEL_SYMBOL);
  const ninc_model *model = describe();
  if (model->external_weights) {
    char file[4096];
    snprintf(file, sizeof file, "%.*s.weights", (int)(strrchr(path, '.') - path), path);
    if (model->open_weights(file, 0) != NINC_OK) {
      fprintf(stderr, "%s: %s\n", file, model->strerror(NINC_ERROR_WEIGHTS));
      exit(1);
    }
  }
  return model;
}

static void *allocate(int64_t bytes) {
  void *memory = aligned_alloc(4096, (size_t)(bytes / 4096 + 1) * 4096);
  for (int64_t i = 0; i < bytes / 4; ++i)
    ((float *)memory)[i] = (float)(i % 251) / 251;
  return memory;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Kilobytes that are this process's alone, and its share of what others map too. */
static void tell_memory(void) {
  char line[256];
  long value, shared = 0, own = 0;
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  while (file && fgets(line, sizeof line, file)) {
    if (sscanf(line, "Pss: %ld", &value) == 1) shared = value;
    if (sscanf(line, "Private_Clean: %ld", &value) == 1 || sscanf(line, "Private_Dirty: %ld", &value) == 1)
      own += value;
  }
  if (file) fclose(file);
  printf("%ld %ld\n", shared, own);
  fflush(stdout);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  const ninc_model *model = open_model(arguments[2]);
  const int first = strcmp(arguments[1], "first") == 0;
  const int images = first ? model->batch : atoi(arguments[3]), runs = first ? 1 : atoi(arguments[4]);
  const void **inputs = calloc((size_t)model->n_inputs, sizeof *inputs);
  void **outputs = calloc((size_t)model->n_outputs, sizeof *outputs);
  for (int i = 0; i < model->n_inputs; ++i)
    inputs[i] = allocate(model->inputs[i].bytes * model->batch);
  for (int i = 0; i < model->n_outputs; ++i)
    outputs[i] = allocate(model->outputs[i].bytes * model->batch);
  void *scratch = allocate(model->scratch_bytes + model->scratch_bytes_per_thread);
  for (int run = 0; run < runs; ++run) {
    const uint64_t start = now();
    const int status = model->run_batch(0, images, inputs, outputs, scratch, NULL);
    const uint64_t end = now();
    if (status != NINC_OK) return fprintf(stderr, "%s\n", model->strerror(status));
    if (!first) printf("%llu\n", (unsigned long long)(end - start));
  }
  if (first) {
    printf("done\n");
    fflush(stdout);
    if (getchar() == 'm') tell_memory();
    getchar();
  }
  return 0;
}
