/* What the fake drivers have in common: one planned failure, and counts of objects and of wrong calls. Each
 * fake includes it once and so has its own. Tests find the functions by dlsym in the driver they have opened;
 * a whole program is given its failure in NINC_FAKE_FAIL="clFlush:-36:2": function, code, calls before it.
 *
 * Not for several threads at once. */
#ifndef NINC_FAKE_FAIL_PLAN_H
#define NINC_FAKE_FAIL_PLAN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static struct {
  char function[64];
  int code, calls_before, hits, from_environment;
} plan;

static int live_objects, wrong_calls;

/* The next call of `function` but `calls_before` fails with the code, once. "execution" means: what a command
 * that was accepted comes to. NULL: nothing fails. */
EXPORT void fake_fail(const char *function, int code, int calls_before) {
  memset(&plan, 0, sizeof plan);
  plan.from_environment = 1;
  if (!function) return;
  snprintf(plan.function, sizeof plan.function, "%s", function);
  plan.code = code;
  plan.calls_before = calls_before;
}

/* How often the planned failure has come: 0 or 1. */
EXPORT int fake_hits(void) {
  return plan.hits;
}

/* Created and not yet released. */
EXPORT int fake_live_objects(void) {
  return live_objects;
}

/* Calls that a driver might answer with a crash. */
EXPORT int fake_wrong_calls(void) {
  return wrong_calls;
}

/* The planned code if this call of `function` is the one, else 0. */
static int planned(const char *function) {
  if (!plan.from_environment) {
    const char *text = getenv("NINC_FAKE_FAIL");
    plan.from_environment = 1;
    if (text) sscanf(text, "%63[^:]:%d:%d", plan.function, &plan.code, &plan.calls_before);
  }
  if (plan.hits || strcmp(plan.function, function) != 0) return 0;
  if (plan.calls_before-- > 0) return 0;
  plan.hits = 1;
  return plan.code;
}

static void wrong(const char *what) {
  fprintf(stderr, "fake driver: %s\n", what);
  ++wrong_calls;
}

/* The kernels of HandMadeModel.cpp, by their names, over memory of this process. */
static int run_kernel(const char *entry, float *const *memory, unsigned blocks, unsigned threads) {
  const unsigned count = blocks * threads;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned mirrored = i / threads * threads + threads - 1 - i % threads;
    if (strcmp(entry, "scale") == 0)
      memory[2][i] = memory[0][i] * memory[1][i];
    else if (strcmp(entry, "add") == 0)
      memory[2][i] = memory[0][i] + memory[1][i];
    else if (strcmp(entry, "mirror") == 0)
      memory[1][i] = memory[0][mirrored];
    else if (strcmp(entry, "twice") == 0)
      memory[1][i] = 2 * memory[0][i];
    else
      return 0;
  }
  return 1;
}

#endif /* NINC_FAKE_FAIL_PLAN_H */
