/* The line of JSON that a job ends in. */
#ifndef NINC_RUNNER_REPORT_H
#define NINC_RUNNER_REPORT_H

#include <stdio.h>

#include "tuner/runner/results.h"

/* Text that isn't UTF-8 is replaced where it isn't; an infinite error is written as 3.4e38. */
void report(FILE *file, const char *label, const char *cpu, const struct results *results);

#endif
