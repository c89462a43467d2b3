/* What the fake CUDA driver keeps: contexts and what is in them, and which of them is current. As FailPlan.h,
 * it is included once. */
#ifndef NINC_FAKE_CUDA_OBJECTS_H
#define NINC_FAKE_CUDA_OBJECTS_H

#include <stdint.h>

#include "FailPlan.h"

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;

enum {
  success = 0,
  invalid_value = 1,
  no_context = 201,
  invalid_device = 101,
  not_found = 500,
  invalid_handle = 400,
  context_destroyed = 709
};
enum kind { dead, context, module, function, memory, stream, event };

struct object {
  enum kind kind;
  struct object *of; /* the context; a function's module */
  struct object *next;
  int users; /* context */
  int fault; /* context: the code that spoilt it */
  unsigned char *bytes;
  size_t size;
  char entry[64];   /* function */
  int shared_bytes; /* function: what it may have at most */
  int recorded, timed;
  int host, pooled; /* memory: pinned, and of no context */
};

static struct object *all;
static struct object *primary; /* while somebody has retained it */

enum { most_pushed = 16 };
static struct object *pushed[most_pushed];
static int n_pushed;

/* What is current, for a test that wants to know whether it was left alone. */
EXPORT int fake_pushed_contexts(void) {
  return n_pushed;
}

static struct object *current(void) {
  return n_pushed > 0 ? pushed[n_pushed - 1] : NULL;
}

static struct object *find(const void *handle, enum kind kind) {
  for (struct object *known = all; known; known = known->next)
    if (known == handle && known->kind == kind) return known;
  wrong("a call with an object that isn't there");
  return NULL;
}

static void *make(enum kind kind) {
  struct object *object = calloc(1, sizeof *object);
  object->kind = kind;
  object->of = kind == context ? NULL : current();
  object->next = all;
  all = object;
  ++live_objects;
  return object;
}

static void bury(struct object *object) {
  if (object->kind == dead) return;
  free(object->bytes);
  object->bytes = NULL;
  object->kind = dead;
  --live_objects;
}

__attribute__((destructor)) static void free_all(void) {
  while (all) {
    struct object *next = all->next;
    free(all->bytes);
    free(all);
    all = next;
  }
}

/* What every call begins with that works in a context. */
#define IN_CONTEXT(name)                                                                                     \
  do {                                                                                                       \
    if (!current()) {                                                                                        \
      wrong(name " without a context");                                                                      \
      return no_context;                                                                                     \
    }                                                                                                        \
    if (current()->fault) return current()->fault;                                                           \
    const int code_ = planned(name);                                                                         \
    if (code_) return code_;                                                                                 \
  } while (0)
#define ANYWHERE(name)                                                                                       \
  do {                                                                                                       \
    const int code_ = planned(name);                                                                         \
    if (code_) return code_;                                                                                 \
  } while (0)

#endif /* NINC_FAKE_CUDA_OBJECTS_H */
