#include "tuner/runner/candidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 100000, LARGEST_ALIGNMENT = 1 << 22 };

#define REFUSE(candidate, verdict, format, ...)                                                              \
  refuse(verdict, OUTCOME_FAILED, "'%s': " format, (candidate)->path, __VA_ARGS__)

bool refuse_status(const struct candidate *candidate, int status, const char *what, struct verdict *verdict) {
  const char *text = library_text(&candidate->library, candidate->model->strerror(status));
  return refuse(verdict, status == NINC_ERROR_MEMORY ? OUTCOME_MEMORY : OUTCOME_FAILED,
                "'%s': %s: %.200s (code %d)", candidate->path, what, text, status);
}

static const void *function_address(void (*function)(void)) {
  const void *address;
  memcpy(&address, &function, sizeof address);
  return address;
}
#define FUNCTION(function) function_address((void (*)(void))(function))

static bool runs_all(const struct library *library, const ninc_model *model) {
  return library_runs(library, FUNCTION(model->supported)) && library_runs(library, FUNCTION(model->run)) &&
         library_runs(library, FUNCTION(model->strerror)) &&
         library_runs(library, FUNCTION(model->team_create)) &&
         library_runs(library, FUNCTION(model->team_destroy));
}

static bool holds_list(const struct library *library, const void *list, int32_t count, size_t element_bytes) {
  return count >= 0 && count <= MOST_TENSORS &&
         (count == 0 || library_holds(library, list, (uint64_t)count * element_bytes));
}

static bool check_description(const struct candidate *candidate, struct verdict *verdict) {
  const struct library *library = &candidate->library;
  const ninc_model *model = candidate->model;
  if (!library_holds(library, model, 2 * sizeof(int32_t)))
    return REFUSE(candidate, verdict, "%s", "its description lies outside of it");
  if (model->abi != NINC_MODEL_ABI)
    return REFUSE(candidate, verdict, "it has model ABI %d, this runner reads %d; compile it again",
                  model->abi, NINC_MODEL_ABI);
  if (model->struct_bytes < (int32_t)sizeof *model || !library_holds(library, model, sizeof *model) ||
      !runs_all(library, model) ||
      !holds_list(library, model->inputs, model->n_inputs, sizeof *model->inputs) ||
      !holds_list(library, model->outputs, model->n_outputs, sizeof *model->outputs) ||
      model->most_kernels < 0 || model->most_kernels > MOST_TENSORS || model->batch < 1)
    return REFUSE(candidate, verdict, "%s", "its description is damaged");
  const int64_t alignment = model->scratch_alignment;
  if (alignment < 1 || alignment > LARGEST_ALIGNMENT || (alignment & (alignment - 1)) != 0)
    return REFUSE(candidate, verdict, "it wants scratch aligned to %lld bytes", (long long)alignment);
  return true;
}

/* Files hold floats, a model's outputs may be of int64; an input of bytes has a file of these. `kind` and
 * `number` name the tensor in the sentence. */
static bool check_size(const struct candidate *candidate, const ninc_tensor *tensor, const char *kind,
                       int32_t number, const struct file_bytes *file, bool may_be_integers,
                       struct verdict *verdict) {
  const bool integers = may_be_integers && tensor->element == NINC_I64;
  const bool are_bytes = !may_be_integers && tensor->element == NINC_U8;
  const int64_t element = integers ? sizeof(int64_t) : are_bytes ? 1 : sizeof(float);
  int64_t bytes;
  if ((tensor->element != NINC_F32 && !integers && !are_bytes) || tensor->bytes <= 0 ||
      tensor->bytes % element != 0 || __builtin_mul_overflow(tensor->bytes, candidate->model->batch, &bytes))
    return REFUSE(candidate, verdict, "its %s %d is of no kind that this runner knows", kind, number);
  if ((uint64_t)bytes / (uint64_t)element * (are_bytes ? 1 : sizeof(float)) == file->bytes) return true;
  return REFUSE(candidate, verdict, "its %s %d has %lld bytes, '%s' has %zu", kind, number, (long long)bytes,
                file->path, file->bytes);
}

static bool open_inputs(const struct job *job, const struct job_candidate *of_job,
                        const struct file_bytes *inputs, struct candidate *candidate,
                        struct verdict *verdict) {
  const ninc_model *model = candidate->model;
  const int32_t shared = job->inputs.count;
  if ((int64_t)shared + of_job->weights.count != model->n_inputs)
    return REFUSE(candidate, verdict, "it has %d inputs, the job gives %d and %d of weights", model->n_inputs,
                  shared, of_job->weights.count);
  candidate->inputs = calloc((size_t)model->n_inputs + 1, sizeof *candidate->inputs);
  if (!candidate->inputs) return refuse_errno(verdict, ENOMEM, "'%s'", candidate->path);
  for (int32_t i = 0; i < model->n_inputs; ++i) {
    struct file_bytes file;
    if (i < shared)
      file = inputs[i];
    else if (!map_file(of_job->weights.paths[i - shared], &file, verdict))
      return false;
    if (!check_size(candidate, &model->inputs[i], "input", i, &file, false, verdict)) return false;
    candidate->inputs[i] = file.data;
  }
  return true;
}

static bool check_outputs(const struct job *job, const struct file_bytes *expectations,
                          const struct candidate *candidate, struct verdict *verdict) {
  const ninc_model *model = candidate->model;
  if (model->n_outputs != job->expectations.count)
    return REFUSE(candidate, verdict, "it has %d outputs, the job expects %d", model->n_outputs,
                  job->expectations.count);
  for (int32_t i = 0; i < model->n_outputs; ++i)
    if (!check_size(candidate, &model->outputs[i], "output", i, &expectations[i], true, verdict))
      return false;
  return true;
}

static bool make_scratch(int32_t threads, struct candidate *candidate, struct verdict *verdict) {
  const ninc_model *model = candidate->model;
  int64_t bytes;
  if (model->scratch_bytes < 0 || model->scratch_bytes_per_thread < 0 ||
      __builtin_mul_overflow(model->scratch_bytes_per_thread, threads, &bytes) ||
      __builtin_add_overflow(bytes, model->scratch_bytes, &bytes) || bytes > INT64_C(1) << 46)
    return REFUSE(candidate, verdict, "%s", "its description is damaged (scratch)");
  return make_guarded("scratch", (size_t)bytes, (size_t)model->scratch_alignment, &candidate->scratch,
                      verdict);
}

bool candidate_open(const struct job *job, const struct job_candidate *of_job,
                    const struct file_bytes *inputs, const struct file_bytes *expectations,
                    struct candidate *candidate, struct verdict *verdict) {
  candidate->path = of_job->library;
  void *address;
  if (!library_load(of_job->library, &candidate->library, &address, verdict)) return false;
  ninc_model_function describe;
  memcpy(&describe, &address, sizeof describe);
  candidate->model = describe();
  if (!check_description(candidate, verdict)) return false;
  const int status = candidate->model->supported();
  if (status != NINC_OK) return refuse_status(candidate, status, "it can't run here", verdict);
  return open_inputs(job, of_job, inputs, candidate, verdict) &&
         check_outputs(job, expectations, candidate, verdict) &&
         make_scratch(job->threads, candidate, verdict);
}
