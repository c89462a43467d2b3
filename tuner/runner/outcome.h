/* How a job, or one step of it, came out. */
#ifndef NINC_RUNNER_OUTCOME_H
#define NINC_RUNNER_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

enum outcome { OUTCOME_OK, OUTCOME_WRONG, OUTCOME_CRASHED, OUTCOME_HUNG, OUTCOME_MEMORY, OUTCOME_FAILED };
enum { OUTCOMES = OUTCOME_FAILED + 1, DETAIL_BYTES = 1024 };

struct verdict {
  enum outcome outcome;
  int32_t candidate; /* the one at fault, -1 if none */
  char detail[DETAIL_BYTES];
};

/* "ok", "wrong", ... */
const char *outcome_name(enum outcome outcome);

/* Sets the outcome and a sentence and gives false, so that a step can end with `return refuse(...)`. Longer
 * sentences are cut. The candidate is left as it is. */
bool refuse(struct verdict *verdict, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same after a system call failed with this errno: too little memory is OUTCOME_MEMORY, the rest
 * OUTCOME_FAILED. The sentence ends with what errno says. */
bool refuse_errno(struct verdict *verdict, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
