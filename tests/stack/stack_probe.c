/* stack_probe LIBRARY: how much stack one run of a compiled model takes, in bytes below the call of `run`: on
 * the line "alone N", of the thread that calls it without an executor; "caller N" and "worker N", with an
 * executor whose tasks go to the caller and to one more thread by turns. Threads stand on stacks of this
 * program's that are painted first: what isn't the paint any more has been used. Exit status 1 with a message
 * where the library can't be run. */
#define _GNU_SOURCE
#include "ninc_model.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { stack_bytes = 8 << 20, guard_bytes = 1 << 16, paint = 0xA5 };

static void fail(const char *what) {
  fprintf(stderr, "stack_probe: %s\n", what);
  exit(1);
}

/* A thread on a painted stack. */
struct measured {
  unsigned char *low;
  unsigned char *top; /* the stack pointer's neighbourhood when `part` is called */
  void (*part)(void *);
  void *argument;
  pthread_t thread;
};

static void *enter(void *argument) {
  struct measured *measured = argument;
  unsigned char here;
  measured->top = &here;
  measured->part(measured->argument);
  return NULL;
}

static void start(struct measured *measured, void (*part)(void *), void *argument) {
  unsigned char *memory = mmap(NULL, guard_bytes + stack_bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, guard_bytes, PROT_NONE) != 0) fail("no memory for a stack");
  measured->low = memory + guard_bytes;
  measured->part = part;
  measured->argument = argument;
  memset(measured->low, paint, stack_bytes);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstack(&attributes, measured->low, stack_bytes) != 0 ||
      pthread_create(&measured->thread, &attributes, enter, measured) != 0)
    fail("no thread");
  pthread_attr_destroy(&attributes);
}

/* Ends the thread; the bytes that `part` has used. */
static long used_by(struct measured *measured) {
  pthread_join(measured->thread, NULL);
  const unsigned char *lowest = measured->low;
  while (lowest < measured->top && *lowest == paint)
    ++lowest;
  return measured->top - lowest;
}

/* The executor: odd tasks in the other thread. */
struct helper {
  struct measured thread;
  sem_t asked, done;
  ninc_task task;
  void *closure;
  int32_t count;
  int status;
};

static void help(void *argument) {
  struct helper *helper = argument;
  for (;;) {
    sem_wait(&helper->asked);
    if (!helper->task) return;
    helper->status = 0;
    for (int32_t i = 1; i < helper->count && helper->status == 0; i += 2)
      helper->status = helper->task(helper->closure, i);
    sem_post(&helper->done);
  }
}

static int by_turns(void *self, ninc_task task, void *closure, int32_t count) {
  struct helper *helper = self;
  helper->task = task;
  helper->closure = closure;
  helper->count = count;
  sem_post(&helper->asked);
  int status = 0;
  for (int32_t i = 0; i < count && status == 0; i += 2)
    status = task(closure, i);
  sem_wait(&helper->done);
  return status ? status : helper->status;
}

static void *memory_of(int64_t bytes) {
  void *memory = aligned_alloc(4096, (size_t)(bytes + 4096) / 4096 * 4096);
  if (!memory) fail("out of memory");
  memset(memory, 0, (size_t)bytes);
  return memory;
}

struct run {
  const ninc_model *model;
  const void **inputs;
  void **outputs;
  void *scratch;
  const ninc_executor *executor;
  int status;
};

static void run_model(void *argument) {
  struct run *run = argument;
  run->status = run->model->run(run->inputs, run->outputs, run->scratch, run->executor);
}

static long stack_of(struct run *run, const ninc_executor *executor) {
  struct measured caller;
  run->executor = executor;
  start(&caller, run_model, run);
  const long used = used_by(&caller);
  if (run->status != NINC_OK) fail(run->model->strerror(run->status));
  return used;
}

int main(int count, char **arguments) {
  if (count != 2) fail("usage: stack_probe LIBRARY");
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (!library) fail(dlerror());
  ninc_model_function function;
  *(void **)&function = dlsym(library, NINC_MODEL_SYMBOL);
  if (!function) fail("the library is no compiled model");
  const ninc_model *model = function();

  struct run run = {.model = model};
  run.inputs = calloc((size_t)model->n_inputs + 1, sizeof *run.inputs);
  run.outputs = calloc((size_t)model->n_outputs + 1, sizeof *run.outputs);
  run.scratch = memory_of(model->scratch_bytes + 2 * model->scratch_bytes_per_thread);
  for (int32_t i = 0; i < model->n_inputs; ++i)
    run.inputs[i] = memory_of(model->inputs[i].bytes * model->batch);
  for (int32_t i = 0; i < model->n_outputs; ++i)
    run.outputs[i] = memory_of(model->outputs[i].bytes * model->batch);

  static struct helper helper;
  sem_init(&helper.asked, 0, 0);
  sem_init(&helper.done, 0, 0);
  const ninc_executor executor = {by_turns, &helper, 2, NULL};
  start(&helper.thread, help, &helper);
  printf("alone %ld\n", stack_of(&run, NULL));
  printf("caller %ld\n", stack_of(&run, &executor));
  helper.task = NULL;
  sem_post(&helper.asked);
  printf("worker %ld\n", used_by(&helper.thread));
  return 0;
}
