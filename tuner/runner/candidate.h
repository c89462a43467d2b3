/* A candidate that is loaded: a model whose description is sound and fits the files that the job gives. */
#ifndef NINC_RUNNER_CANDIDATE_H
#define NINC_RUNNER_CANDIDATE_H

#include "runtime/ninc_model.h"
#include "tuner/runner/buffers.h"
#include "tuner/runner/job.h"
#include "tuner/runner/loader.h"

struct candidate {
  const char *path;
  struct library library;
  const ninc_model *model;
  const void **inputs; /* the shared ones, then its weights */
  struct guarded scratch;
};

/* Loads a candidate of the job and maps its weights. Its outputs have as many elements as the expectations,
 * its inputs are as large as the files. */
bool candidate_open(const struct job *job, const struct job_candidate *of_job,
                    const struct file_bytes *inputs, const struct file_bytes *expectations,
                    struct candidate *candidate, struct verdict *verdict);

/* What the model calls a status that isn't NINC_OK, as a verdict: too little memory is OUTCOME_MEMORY, the
 * rest OUTCOME_FAILED. Gives false. */
bool refuse_status(const struct candidate *candidate, int status, const char *what, struct verdict *verdict);

#endif
