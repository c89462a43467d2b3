/* Running a model on a device, whatever drives it: checks what the caller gives, loops over the launches,
 * keeps count of what is under way. Where a state has fallen back, the model's half for the CPU does the
 * work. */
#include "runtime/device/device_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ninc_fail(struct ninc_message *message, int status, const char *format, ...) {
  if (message->told) return status;
  message->told = 1;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message->text, sizeof message->text, format, arguments);
  va_end(arguments);
  return status;
}

/* ---- What is under way. ---- */

/* Waits for the oldest command that has an event. */
static int complete_oldest(struct ninc_state *state) {
  const int32_t event = state->first;
  uint64_t *ns = state->ns ? &state->ns[state->counter[event]] : NULL;
  state->first = (event + 1) % state->plan.events;
  --state->under_way;
  return state->driver->complete(state->self, event, ns);
}

/* Waits for all; the first failure. */
static int complete_all(struct ninc_state *state) {
  int first = NINC_OK;
  while (state->under_way > 0) {
    const int status = complete_oldest(state);
    if (first == NINC_OK) first = status;
  }
  return first;
}

/* ---- A run. ---- */

/* Part of the model, with the slots' buffers in state->buffers: one that is NULL isn't copied. */
struct run {
  void *stream;
  int32_t kernel;   /* the only one, or -1 for all */
  int32_t commands; /* still to come */
};

static int in_run(const struct run *run, const struct ninc_device_launch *launch) {
  return run->kernel < 0 || launch->kernel == run->kernel;
}

static int is_copied(const ninc_buffer *buffer) {
  return buffer->data && buffer->memory == NINC_HOST;
}

static void *address_of(const ninc_buffer *buffer) {
  return (unsigned char *)buffer->data + buffer->offset;
}

static int32_t count_commands(const struct ninc_state *state, const struct run *run) {
  int32_t commands = 0;
  for (int32_t i = 0; i < state->plan.n_slots; ++i)
    commands += is_copied(&state->buffers[i]);
  for (int32_t i = 0; i < state->plan.program->n_launches; ++i)
    commands += in_run(run, &state->plan.program->launches[i]);
  return commands;
}

/* The event for the next command, or -1: with profiling each has one, else the last of a run. */
static int next_event(struct ninc_state *state, struct run *run, int32_t *event) {
  *event = -1;
  if (!state->plan.profiling && --run->commands > 0) return NINC_OK;
  int status = NINC_OK;
  if (state->under_way == state->plan.events) status = complete_oldest(state);
  *event = (state->first + state->under_way) % state->plan.events;
  return status;
}

static int enqueued(struct ninc_state *state, int32_t event, int32_t counter, int status) {
  if (status != NINC_OK || event < 0) return status;
  state->counter[event] = counter;
  ++state->under_way;
  return NINC_OK;
}

static int copy(struct ninc_state *state, struct run *run, int32_t slot) {
  int32_t event;
  int status = next_event(state, run, &event);
  if (status != NINC_OK) return status;
  void *host = address_of(&state->buffers[slot]);
  const int to_device = slot < state->plan.n_inputs;
  status = to_device ? state->driver->upload(state->self, run->stream, slot, host, event)
                     : state->driver->download(state->self, run->stream, slot, host, event);
  return enqueued(state, event, state->plan.program->half->n_kernels + !to_device, status);
}

static int launch(struct ninc_state *state, struct run *run, int32_t number) {
  int32_t event;
  const int status = next_event(state, run, &event);
  if (status != NINC_OK) return status;
  return enqueued(state, event, state->plan.program->launches[number].kernel,
                  state->driver->launch(state->self, run->stream, number, event));
}

static int enqueue_commands(struct ninc_state *state, struct run *run) {
  const struct ninc_device_plan *plan = &state->plan;
  int status = NINC_OK;
  for (int32_t i = 0; i < plan->n_slots && status == NINC_OK; ++i)
    status = state->driver->bind(state->self, i, &state->buffers[i]);
  for (int32_t i = 0; i < plan->n_inputs && status == NINC_OK; ++i)
    if (is_copied(&state->buffers[i])) status = copy(state, run, i);
  for (int32_t i = 0; i < plan->program->n_launches && status == NINC_OK; ++i)
    if (in_run(run, &plan->program->launches[i])) status = launch(state, run, i);
  for (int32_t i = plan->n_inputs; i < plan->n_slots && status == NINC_OK; ++i)
    if (is_copied(&state->buffers[i])) status = copy(state, run, i);
  return status == NINC_OK ? state->driver->submit(state->self, run->stream) : status;
}

/* After a failure nothing of the run is under way: the caller may free its buffers. */
static int enqueue_run(struct ninc_state *state, struct run *run) {
  run->commands = count_commands(state, run);
  const int status = enqueue_commands(state, run);
  if (status != NINC_OK) state->driver->drain(state->self, run->stream);
  return status;
}

static int run_and_wait(struct ninc_state *state, int32_t kernel) {
  int status = state->driver->begin(state->self, NULL);
  if (status != NINC_OK) return status;
  struct run run = {.kernel = kernel};
  status = enqueue_run(state, &run);
  const int completed = complete_all(state);
  state->driver->end(state->self);
  return status != NINC_OK ? status : completed;
}

/* ---- The interface. ---- */

/* What every call that can fail begins with. */
static int ready(struct ninc_state *state) {
  if (!state) return NINC_ERROR_NULL_ARGUMENT;
  if (state->lost) return NINC_ERROR_DEVICE_LOST;
  state->message.told = 0;
  state->message.text[0] = 0;
  if (state->driver && !ninc_origin_is_here(&state->origin)) {
    state->lost = 1;
    return ninc_fail(&state->message, NINC_ERROR_DEVICE_LOST,
                     "the state was made before a fork, in the parent: a device's driver isn't in the child");
  }
  return NINC_OK;
}

/* ... and ends with. */
static int done(struct ninc_state *state, int status) {
  if (status == NINC_ERROR_DEVICE_LOST) state->lost = 1;
  return status;
}

static int refuse_null(struct ninc_state *state, const char *what) {
  return ninc_fail(&state->message, NINC_ERROR_NULL_ARGUMENT, "%s is NULL", what);
}

/* Checks the buffer that a slot is to be bound to, and takes it. */
static int take(struct ninc_state *state, int32_t slot, ninc_buffer buffer) {
  const int input = slot < state->plan.n_inputs;
  const char *what = input ? "input" : "output";
  const int number = (int)(input ? slot : slot - state->plan.n_inputs);
  if (!buffer.data)
    return ninc_fail(&state->message, NINC_ERROR_NULL_ARGUMENT, "%s %d is NULL", what, number);
  if (buffer.memory != NINC_HOST && buffer.memory != NINC_ON_DEVICE)
    return ninc_fail(&state->message, NINC_ERROR_DEVICE, "%s %d is in memory of unknown kind %d", what,
                     number, (int)buffer.memory);
  const int are_bytes = input && state->model->model->inputs[number].element == NINC_U8;
  if (!are_bytes && buffer.memory == NINC_HOST && (size_t)address_of(&buffer) % sizeof(float) != 0)
    return ninc_fail(&state->message, NINC_ERROR_MISALIGNED, "%s %d is not aligned to 4 bytes", what, number);
  state->buffers[slot] = buffer;
  return NINC_OK;
}

static int take_host(struct ninc_state *state, int32_t slot, const void *data) {
  return take(state, slot, (ninc_buffer){.data = (void *)data, .memory = NINC_HOST});
}

static int run_on_cpu(struct ninc_state *state, const void *const *inputs, void *const *outputs) {
  const ninc_model *model = state->model->model;
  const int status =
      model->run_batch(state->size, model->batch, inputs, outputs, state->on_cpu.scratch, state->on_cpu.team);
  if (status != NINC_OK) return ninc_fail(&state->message, status, "on the CPU: %s", model->strerror(status));
  return NINC_OK;
}

int ninc_device_run_on(ninc_state *state, const void *const *inputs, void *const *outputs) {
  int status = ready(state);
  if (status != NINC_OK) return status;
  if (!inputs) return refuse_null(state, "the array of inputs");
  if (!outputs) return refuse_null(state, "the array of outputs");
  if (!state->driver) return run_on_cpu(state, inputs, outputs);
  const int32_t n_inputs = state->plan.n_inputs;
  for (int32_t i = 0; i < state->plan.n_slots && status == NINC_OK; ++i)
    status = take_host(state, i, i < n_inputs ? inputs[i] : outputs[i - n_inputs]);
  return status == NINC_OK ? done(state, run_and_wait(state, -1)) : status;
}

static int enqueue_on_cpu(struct ninc_state *state) {
  for (int32_t i = 0; i < state->plan.n_slots; ++i) {
    if (state->buffers[i].memory != NINC_HOST)
      return ninc_fail(&state->message, NINC_ERROR_NO_DEVICE,
                       "this state runs on the CPU and can't reach memory on a device");
    state->addresses[i] = address_of(&state->buffers[i]);
  }
  return run_on_cpu(state, (const void *const *)state->addresses, state->addresses + state->plan.n_inputs);
}

int ninc_device_enqueue(ninc_state *state, const ninc_buffer *inputs, const ninc_buffer *outputs,
                        void *stream) {
  int status = ready(state);
  if (status != NINC_OK) return status;
  if (!inputs) return refuse_null(state, "the array of inputs");
  if (!outputs) return refuse_null(state, "the array of outputs");
  const int32_t n_inputs = state->plan.n_inputs;
  for (int32_t i = 0; i < state->plan.n_slots && status == NINC_OK; ++i)
    status = take(state, i, i < n_inputs ? inputs[i] : outputs[i - n_inputs]);
  if (status != NINC_OK) return status;
  if (!state->driver) return enqueue_on_cpu(state);

  status = state->driver->begin(state->self, stream);
  if (status != NINC_OK) return done(state, status);
  struct run run = {.stream = stream, .kernel = -1};
  status = enqueue_run(state, &run);
  state->driver->end(state->self);
  return done(state, status);
}

int ninc_device_wait(ninc_state *state) {
  int status = ready(state);
  if (status != NINC_OK || !state->driver) return status;
  status = state->driver->begin(state->self, NULL);
  if (status != NINC_OK) return done(state, status);
  status = complete_all(state);
  state->driver->end(state->self);
  return done(state, status);
}

static int refuse_without_device(struct ninc_state *state) {
  return ninc_fail(&state->message, NINC_ERROR_NO_DEVICE, "this state runs on the CPU");
}

int ninc_device_run_kernel(ninc_state *state, int32_t kernel, const void *const *inputs,
                           void *const *outputs) {
  int status = ready(state);
  if (status != NINC_OK) return status;
  if (!inputs) return refuse_null(state, "the array of inputs");
  if (!outputs) return refuse_null(state, "the array of outputs");
  if (!state->driver) return refuse_without_device(state);
  const ninc_device_half *half = state->plan.program->half;
  if (kernel < 0 || kernel >= half->n_kernels)
    return ninc_fail(&state->message, NINC_ERROR_DEVICE, "there is no kernel %d among the model's %d",
                     (int)kernel, (int)half->n_kernels);

  memset(state->buffers, 0, (size_t)state->plan.n_slots * sizeof *state->buffers);
  for (int32_t i = 0; i < state->plan.n_inputs && status == NINC_OK; ++i)
    status = take_host(state, i, inputs[i]);
  for (int32_t r = 0; r < half->kernels[kernel].n_results && status == NINC_OK; ++r) {
    const int32_t output = half->kernels[kernel].result_output[r];
    if (output >= 0) status = take_host(state, state->plan.n_inputs + output, outputs[output]);
  }
  return status == NINC_OK ? done(state, run_and_wait(state, kernel)) : status;
}

int ninc_device_read_arena(ninc_state *state, int64_t offset, int64_t bytes, void *host) {
  int status = ready(state);
  if (status != NINC_OK) return status;
  if (!host) return refuse_null(state, "the memory to copy to");
  if (!state->driver) return refuse_without_device(state);
  const int64_t arena_bytes = state->plan.program->half->arena_bytes;
  if (offset < 0 || bytes < 0 || bytes > arena_bytes || offset > arena_bytes - bytes)
    return ninc_fail(&state->message, NINC_ERROR_DEVICE, "%lld bytes at %lld are not in the arena of %lld",
                     (long long)bytes, (long long)offset, (long long)arena_bytes);
  status = state->driver->begin(state->self, NULL);
  if (status != NINC_OK) return done(state, status);
  status = complete_all(state);
  if (status == NINC_OK && bytes > 0) status = state->driver->read_arena(state->self, offset, bytes, host);
  state->driver->end(state->self);
  return done(state, status);
}

const char *ninc_device_message(const ninc_state *state) {
  return state ? state->message.text : "";
}

int ninc_device_native(const ninc_state *state, ninc_native *native) {
  if (!state || !native) return NINC_ERROR_NULL_ARGUMENT;
  memset(native, 0, sizeof *native);
  native->kind = NINC_DEVICE_CPU;
  if (state->driver && !ninc_origin_is_here(&state->origin)) return NINC_ERROR_DEVICE_LOST;
  if (state->driver) state->driver->native(state->self, native);
  return NINC_OK;
}
