/* A job as its text says it (README.md has the directives). */
#ifndef NINC_RUNNER_JOB_H
#define NINC_RUNNER_JOB_H

#include <sched.h>
#include <stddef.h>

#include "tuner/runner/outcome.h"

struct path_list {
  char **paths; /* absolute, or relative to the working directory */
  int32_t count;
};

struct bound_list {
  double *bounds;
  int32_t count;
};

struct job_candidate {
  char *library;
  struct bound_list bounds; /* one for each of the job's expectations */
  struct path_list weights;
};

struct job {
  char *label; /* never NULL once job_read has returned */
  int32_t threads;
  bool bound_to_cpus;
  cpu_set_t cpus;
  size_t evict_bytes;
  int32_t least_rounds, most_rounds;
  double seconds, limit_seconds;
  uint64_t limit_bytes; /* 0: none */
  bool counters;
  double give_up_ratio; /* 0: never */
  int32_t give_up_rounds;
  struct path_list inputs, expectations;
  struct job_candidate *candidates;
  int32_t n_candidates; /* at least 1 */
};

/* Reads a job and checks whatever the text alone tells; the files that it names are left for later. If it is
 * faulty the verdict says where, and the job holds what was understood before that place. The caller frees it
 * in either case. */
bool job_read(const char *path, struct job *job, struct verdict *verdict);
void job_free(struct job *job);

#endif
