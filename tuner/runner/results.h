/* What a child found out about a job, and how it travels to the parent. */
#ifndef NINC_RUNNER_RESULTS_H
#define NINC_RUNNER_RESULTS_H

#include <stddef.h>

#include "tuner/runner/outcome.h"

struct results {
  struct verdict verdict;
  int32_t n_candidates, n_outputs;
  int32_t n_checked;    /* candidates whose errors are known */
  int32_t rounds;       /* of each candidate; 0 unless the outcome is ok */
  double *errors;       /* [n_checked][n_outputs] */
  uint64_t *times_ns;   /* [n_candidates][rounds] */
  int32_t *n_kernels;   /* [n_candidates]; NULL without counters */
  uint64_t **kernel_ns; /* [n_candidates], each [rounds][n_kernels] */
};

/* Writes the results into a pipe; false if they can't be. */
bool results_send(int pipe, const struct results *results);

/* Reads them back from the bytes that came through. These were written by a process in which a candidate may
 * have done anything, so nothing is believed: false if they are no results for so many candidates and
 * outputs, or incomplete. Some of what the results point to is inside the bytes; the rest is freed by
 * results_free. */
bool results_read(const unsigned char *bytes, size_t n_bytes, struct results *results);
void results_free(struct results *results);

#endif
