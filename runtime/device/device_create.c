/* Making a state and taking it down: finds the driver for it, lays out the memory of a run and what is kept
 * of it, and falls back to the CPU where there is no device and the caller agrees. */
#include "runtime/device/device_state.h"

#include <stdio.h>
#include <stdlib.h>

/* Runs under way at once; enqueue waits for the oldest when there are more. Fewer are kept track of while
 * times are measured, since each of their commands has an event then. */
enum { most_runs = 64, most_measured_runs = 4 };

static int64_t aligned(int64_t bytes) {
  return (bytes + NINC_DEVICE_ALIGNMENT - 1) / NINC_DEVICE_ALIGNMENT * NINC_DEVICE_ALIGNMENT;
}

/* Drivers refuse memory of no bytes. */
static int64_t at_least_one(int64_t bytes) {
  return bytes > 0 ? bytes : 1;
}

static const struct ninc_device_program *program_for(const struct ninc_device_model *model, int32_t kind,
                                                     int32_t size) {
  for (int32_t i = 0; i < model->n_programs; ++i)
    if (model->programs[i].half->kind == kind && model->programs[i].half->size == size)
      return &model->programs[i];
  return NULL;
}

static const struct ninc_driver *driver_for(int32_t kind) {
  if (kind == NINC_DEVICE_OPENCL) return &ninc_opencl_driver;
  if (kind == NINC_DEVICE_CUDA) return &ninc_cuda_driver;
  return NULL;
}

static int out_of_memory(struct ninc_message *message) {
  return ninc_fail(message, NINC_ERROR_MEMORY, "out of memory in this process");
}

static int lay_out(struct ninc_state *state, const ninc_device_options *options) {
  const ninc_model *model = state->model->model;
  const ninc_size *size = &model->sizes[options->size];
  struct ninc_device_plan *plan = &state->plan;
  plan->options = options;
  plan->n_inputs = model->n_inputs;
  plan->n_slots = model->n_inputs + model->n_outputs;
  plan->profiling = options->ns != NULL;
  const int32_t commands = plan->n_slots + plan->program->n_launches;
  plan->events = plan->profiling ? most_measured_runs * commands : most_runs;

  state->slots = calloc((size_t)plan->n_slots, sizeof *state->slots);
  state->buffers = calloc((size_t)plan->n_slots, sizeof *state->buffers);
  state->addresses = calloc((size_t)plan->n_slots, sizeof *state->addresses);
  state->counter = calloc((size_t)plan->events, sizeof *state->counter);
  if (!state->slots || !state->buffers || !state->addresses || !state->counter)
    return out_of_memory(&state->message);
  plan->slots = state->slots;

  int64_t end = 0;
  for (int32_t i = 0; i < plan->n_slots; ++i) {
    const ninc_tensor *tensor = i < model->n_inputs ? &size->inputs[i] : &size->outputs[i - model->n_inputs];
    state->slots[i].offset = end;
    state->slots[i].bytes = at_least_one(tensor->bytes * model->batch);
    end += aligned(state->slots[i].bytes);
  }
  plan->staging_bytes = at_least_one(end);
  plan->arena_bytes = aligned(at_least_one(plan->program->half->arena_bytes));
  plan->weight_bytes = aligned(at_least_one(plan->program->half->weight_bytes));
  return NINC_OK;
}

/* The message goes on saying why there is no device, unless this fails too. */
static int fall_back(struct ninc_state *state, const ninc_device_options *options) {
  const ninc_model *model = state->model->model;
  state->message.told = 0;
  int status = model->supported();
  if (status != NINC_OK)
    return ninc_fail(&state->message, status, "no device, and this CPU can't run the model either");
  const int32_t threads = options->threads > 0 ? options->threads : 1;
  if (threads > 1) {
    state->on_cpu.team = model->team_create(threads, &status);
    if (!state->on_cpu.team)
      return ninc_fail(&state->message, status, "a team of %d threads can't be made", (int)threads);
  }
  const size_t alignment = model->scratch_alignment > 1 ? (size_t)model->scratch_alignment : 1;
  const size_t bytes = (size_t)(model->scratch_bytes + threads * model->scratch_bytes_per_thread);
  state->on_cpu.memory = malloc(bytes + alignment);
  if (!state->on_cpu.memory) return out_of_memory(&state->message);
  const size_t address = (size_t)state->on_cpu.memory;
  state->on_cpu.scratch = (unsigned char *)state->on_cpu.memory + (alignment - address % alignment);
  return NINC_OK;
}

static int open_state(struct ninc_state *state, const ninc_device_options *options) {
  state->plan.message = &state->message;
  const ninc_model *model = state->model->model;
  if (options->size < 0 || options->size >= model->n_sizes)
    return ninc_fail(&state->message, NINC_ERROR_SIZE, "%s has %d sizes, none of number %d", model->name,
                     (int)model->n_sizes, (int)options->size);
  state->size = options->size;
  state->plan.program = program_for(state->model, options->kind, options->size);
  const struct ninc_driver *driver = driver_for(options->kind);
  if (!state->plan.program || !driver)
    return ninc_fail(&state->message, NINC_ERROR_NO_DEVICE_CODE, "%s was not compiled for %s", model->name,
                     driver ? driver->name : "a device of this kind");
  int status = lay_out(state, options);
  if (status == NINC_OK) status = driver->open(&state->plan, &state->self);
  state->plan.options = NULL;
  if (status == NINC_OK) {
    state->driver = driver;
    state->ns = options->ns;
  } else if (options->fallback && (status == NINC_ERROR_NO_DRIVER || status == NINC_ERROR_NO_DEVICE)) {
    status = fall_back(state, options);
  }
  return status;
}

/* Frees a state, however far its making has come. */
static void free_state(struct ninc_state *state) {
  if (state->driver && ninc_origin_is_here(&state->origin)) state->driver->close(state->self);
  ninc_origin_forget(&state->origin);
  if (state->on_cpu.team) state->model->model->team_destroy(state->on_cpu.team);
  free(state->on_cpu.memory);
  free(state->slots);
  free(state->buffers);
  free(state->addresses);
  free(state->counter);
  free(state);
}

static void hand_out(const ninc_device_options *options, const char *text) {
  if (options->message && options->message_bytes > 0)
    snprintf(options->message, (size_t)options->message_bytes, "%s", text);
}

int ninc_device_create(const struct ninc_device_model *model, const ninc_device_options *options,
                       ninc_state **result) {
  if (!result) return NINC_ERROR_NULL_ARGUMENT;
  *result = NULL;
  if (!options) return NINC_ERROR_NULL_ARGUMENT;
  hand_out(options, "");
  struct ninc_state *state = calloc(1, sizeof *state);
  if (!state) {
    hand_out(options, "out of memory in this process");
    return NINC_ERROR_MEMORY;
  }
  state->model = model;
  ninc_origin_remember(&state->origin);
  const int status = open_state(state, options);
  if (status == NINC_OK) {
    *result = state;
  } else {
    hand_out(options, state->message.text);
    free_state(state);
  }
  return status;
}

void ninc_device_destroy(ninc_state *state) {
  if (!state) return;
  ninc_device_wait(state);
  free_state(state);
}
