/* Many models in one process, for many_test.py.
 *
 *     many linked THREADS RUNS            the models that are linked in: each right, from several threads at
 * once many loaded ROUNDS LIBRARY...       opens, runs and closes all of them in each round; no memory stays
 * behind
 *
 * Each model gives the means of its input's two maps times its number (model `m7`: 7). */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef LINKED
#include "linked.h" /* `linked`: a table of the models' functions; `n_linked` */
#else
#include "runtime/ninc_model.h"
static const ninc_model_function linked[1];
enum { n_linked = 0 };
#endif

enum { pixels = 16, maps = 2 };

/* Where outputs differ from what the model's number says. */
static int run(const ninc_model *model) {
  float image[maps * pixels], means[maps];
  for (int i = 0; i < maps * pixels; ++i)
    image[i] = i < pixels ? 1 : 3;
  const void *inputs[] = {image};
  void *outputs[] = {means};
  char *memory =
      malloc((size_t)(model->scratch_bytes + model->scratch_bytes_per_thread + model->scratch_alignment));
  const uintptr_t mask = (uintptr_t)model->scratch_alignment - 1;
  void *scratch = (void *)(((uintptr_t)memory + mask) & ~mask);
  const int status = model->run(inputs, outputs, scratch, NULL);
  free(memory);
  const float number = (float)atoi(model->name + 1);
  const int right = status == NINC_OK && means[0] == number && means[1] == 3 * number;
  if (!right) fprintf(stderr, "%s: status %d, %g %g\n", model->name, status, means[0], means[1]);
  return !right;
}

static int runs;

static void *run_all(void *wrong) {
  for (int i = 0; i < runs; ++i)
    for (int m = 0; m < n_linked; ++m)
      *(int *)wrong += run(linked[m]());
  return NULL;
}

static int run_linked(int threads) {
  pthread_t started[64];
  int wrong[64] = {0}, all = 0;
  for (int i = 0; i < threads; ++i)
    pthread_create(&started[i], NULL, run_all, &wrong[i]);
  for (int i = 0; i < threads; ++i) {
    pthread_join(started[i], NULL);
    all += wrong[i];
  }
  printf("%d models, %d threads, %d wrong\n", n_linked, threads, all);
  return all != 0 || n_linked == 0;
}

static long resident_kilobytes(void) {
  char line[256];
  long kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
  if (file) fclose(file);
  return kilobytes;
}

static int use(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fprintf(stderr, "%s\n", dlerror()) > 0;
  ninc_model_function describe;
  *(void **)&describe = dlsym(library, NINC_MODEL_SYMBOL);
  const int wrong = !describe || run(describe());
  return wrong + (dlclose(library) != 0);
}

static int run_loaded(int rounds, char **paths, int count) {
  long before = 0;
  int wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < count; ++i)
      wrong += use(paths[i]);
    if (round == rounds / 10) before = resident_kilobytes();
  }
  const long grown = resident_kilobytes() - before;
  printf("%d libraries, %d rounds, %d wrong, %ld kB more\n", count, rounds, wrong, grown);
  return wrong != 0 || grown > 512;
}

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "linked") == 0) {
    runs = atoi(arguments[3]);
    return run_linked(atoi(arguments[2]));
  }
  if (count > 3 && strcmp(arguments[1], "loaded") == 0)
    return run_loaded(atoi(arguments[2]), arguments + 3, count - 3);
  return 2;
}
