/* Checks and times a job's candidates, in the process that calls it: which therefore is one that may die. */
#ifndef NINC_RUNNER_MEASURE_H
#define NINC_RUNNER_MEASURE_H

#include <stdatomic.h>

#include "tuner/runner/job.h"
#include "tuner/runner/results.h"

/* In memory that the parent sees too: whose code ran last, for when nothing else is left to say it. */
struct progress {
  _Atomic int32_t candidate;            /* -1: none has run yet */
  _Atomic uint64_t malloc_failed_bytes; /* what a candidate asked malloc for in vain; 0: nothing */
};

/* Fills the results, whose n_candidates and n_outputs are the job's. What they point to stays allocated. */
void measure(const struct job *job, struct progress *progress, struct results *results);

#endif
