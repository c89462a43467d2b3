/* A run: which versions of the model it takes, and the images' way through them.
 *
 * The target is chosen once, by what this CPU has or by what the user asks for. Of its versions for the run's
 * size the first one whose group fits goes through as many images as it can, then the next one through what
 * is left (codegen/plan/BatchPlan.h has seen to it that no number of images is dear that way); a version runs
 * its kernels in order. */
#include "runtime/cpu/runtime.h"
#include "runtime/cpu/shared.h"

#ifndef NINC_FREESTANDING
#include <stdlib.h>
#endif

/* The number of the first of the target's versions and one more; 0: not chosen yet; negative: a status. */
static ninc_shared_int32 choice;

static int same_text(const char *one, const char *other) {
  while (*one && *one == *other)
    ++one, ++other;
  return *one == *other;
}

static int is_first_of_target(const ninc_model *model, int32_t number) {
  return number == 0 || !same_text(model->versions[number].target, model->versions[number - 1].target);
}

static int32_t best_target(const ninc_model *model) {
  for (int32_t i = 0; i < model->n_versions; ++i)
    if (is_first_of_target(model, i) && ninc_cpu_check(model->versions[i].cpu) == NINC_OK) return i + 1;
  return -NINC_ERROR_CPU;
}

static int32_t named_target(const ninc_model *model, const char *name) {
  for (int32_t i = 0; i < model->n_versions; ++i)
    if (is_first_of_target(model, i) && same_text(model->versions[i].target, name))
      return ninc_cpu_check(model->versions[i].cpu) == NINC_OK ? i + 1 : -NINC_ERROR_CPU;
  return -NINC_ERROR_TARGET;
}

/* What the user wishes for; NULL where there is no environment to say it in. */
static const char *wish(void) {
#ifdef NINC_FREESTANDING
  return NULL;
#else
  return getenv("NINC_TARGET");
#endif
}

static int32_t chosen(const ninc_model *model) {
  int32_t now = ninc_shared_load(&choice);
  if (now != 0) return now;
  const char *asked = wish();
  now = asked && *asked ? named_target(model, asked) : best_target(model);
  /* whoever has asked for a target in the meantime shall have it */
  return ninc_shared_set_first(&choice, now);
}

int ninc_supported(const ninc_model *model) {
  const int32_t first = chosen(model);
  return first > 0 ? NINC_OK : -first;
}

const char *ninc_chosen_target(const ninc_model *model) {
  const int32_t first = chosen(model);
  return first > 0 ? model->versions[first - 1].target : NULL;
}

int ninc_use_target(const ninc_model *model, const char *target) {
  const int32_t first = target ? named_target(model, target) : best_target(model);
  if (first <= 0) return -first;
  ninc_shared_store(&choice, first);
  return NINC_OK;
}

int32_t ninc_size_for(const ninc_model *model, int64_t rows, int64_t columns) {
  for (int32_t number = 0; number < model->n_sizes; ++number)
    for (int32_t i = 0; i < model->n_inputs; ++i) {
      const ninc_tensor *input = &model->sizes[number].inputs[i];
      if (input->rank < 3) continue;
      if (input->shape[input->rank - 2] == rows && input->shape[input->rank - 1] == columns) return number;
      break;
    }
  return -1;
}

static int check_pointer(const void *pointer, int64_t alignment) {
  if (!pointer) return NINC_ERROR_NULL_ARGUMENT;
  return (uintptr_t)pointer % (uintptr_t)alignment == 0 ? NINC_OK : NINC_ERROR_MISALIGNED;
}

static int64_t alignment_of(int32_t element) {
  return element == NINC_I64 ? 8 : element == NINC_U8 ? 1 : 4;
}

static int check_tensors(const void *const *addresses, const ninc_tensor *tensors, int32_t count) {
  if (count > 0 && !addresses) return NINC_ERROR_NULL_ARGUMENT;
  for (int32_t i = 0; i < count; ++i) {
    const int status = check_pointer(addresses[i], alignment_of(tensors[i].element));
    if (status != NINC_OK) return status;
  }
  return NINC_OK;
}

#ifdef NINC_FREESTANDING /* no clock */
static uint64_t now_ns(const ninc_executor *executor) {
  (void)executor;
  return 0;
}
#else
static uint64_t now_ns(const ninc_executor *executor) {
  return executor && executor->kernel_ns ? ninc_clock_ns() : 0;
}
#endif

static int run_kernels(const ninc_version *version, const void *const *inputs, void *const *outputs,
                       void *scratch, const ninc_executor *executor) {
  for (int32_t k = 0; k < version->n_kernels; ++k) {
    const uint64_t start = now_ns(executor);
    const int status = version->kernels[k].run(inputs, outputs, scratch, executor);
    if (status != NINC_OK) return status;
    if (executor && executor->kernel_ns) executor->kernel_ns[k] += now_ns(executor) - start;
  }
  return NINC_OK;
}

/* `versions` are those of one target from the size's on. */
static int run_in_groups(const ninc_model *model, const ninc_version *versions, int32_t images,
                         const void *const *inputs, void *const *outputs, void *scratch,
                         const ninc_executor *executor) {
  const ninc_size *const size = &model->sizes[versions->size];
  const void *in[model->n_inputs + 1];
  void *out[model->n_outputs + 1];
  for (int32_t done = 0; done < images;) {
    while (versions->group > images - done)
      ++versions;
    for (int32_t i = 0; i < model->n_inputs; ++i)
      in[i] = (const char *)inputs[i] + done * size->inputs[i].bytes;
    for (int32_t i = 0; i < model->n_outputs; ++i)
      out[i] = (char *)outputs[i] + done * size->outputs[i].bytes;
    const int status = run_kernels(versions, in, out, scratch, executor);
    if (status != NINC_OK) return status;
    done += versions->group;
  }
  return NINC_OK;
}

int ninc_run(const ninc_model *model, int32_t size, int32_t images, const void *const *inputs,
             void *const *outputs, void *scratch, const ninc_executor *executor) {
  if (size < 0 || size >= model->n_sizes || images < model->least_batch || images > model->batch)
    return NINC_ERROR_SIZE;
  int status = check_tensors(inputs, model->sizes[size].inputs, model->n_inputs);
  if (status == NINC_OK)
    status = check_tensors((const void *const *)outputs, model->sizes[size].outputs, model->n_outputs);
  if (status == NINC_OK && model->scratch_bytes + model->scratch_bytes_per_thread > 0)
    status = check_pointer(scratch, model->scratch_alignment);
  if (status != NINC_OK) return status;
  if (model->external_weights && !*model->external_weights) return NINC_ERROR_WEIGHTS;

  const int32_t first = chosen(model);
  if (first <= 0) return -first;
  const ninc_version *version = &model->versions[first - 1];
  while (version->size != size)
    ++version;
  if (version->group == images) return run_kernels(version, inputs, outputs, scratch, executor);
  return run_in_groups(model, version, images, inputs, outputs, scratch, executor);
}
