/* Shared libraries made by ninc, loaded into a static program, which has no dlopen. */
#ifndef NINC_RUNNER_LOADER_H
#define NINC_RUNNER_LOADER_H

#include <stddef.h>

#include "tuner/runner/outcome.h"

enum { MOST_SEGMENTS = 16 };

struct segment {
  uint64_t address, bytes; /* as the file has them: base is not added */
  int protection;          /* PROT_... */
};

struct library {
  unsigned char *base; /* where the file's address 0 is, or would be */
  struct segment segments[MOST_SEGMENTS];
  int n_segments;
};

/* Loads the file, resolves what it imports, runs its constructors and sets *model to its function
 * ninc_model_v1. Whatever is wrong with the file's tables is a verdict. What its code does is not looked at,
 * and the constructors are the first of it to run. */
bool library_load(const char *path, struct library *library, void **model, struct verdict *verdict);

/* Whether these bytes lie inside one segment of the library, and whether a function could begin there. */
bool library_holds(const struct library *library, const void *address, uint64_t bytes);
bool library_runs(const struct library *library, const void *function);

/* The text at this address; "?" if no text ends inside the library. */
const char *library_text(const struct library *library, const char *address);

/* NULL, or told how many bytes a library asked malloc for in vain. A library's import has no argument to
 * carry this along, so it is the one global. */
extern void (*library_malloc_failed)(size_t bytes);

#endif
