/* How candidates are measured side by side, wherever they run: the runner does it on CPUs (measure.c), ninc
 * itself on devices (tuner/measure/DeviceSession.cpp). Times of both are compared, so both ask these
 * functions.
 *
 * First every candidate is run once and its outputs are compared, then all are run WARM_UP_RUNS times to warm
 * up. Then come the rounds: each runs every candidate once, and each begins with another one, so that
 * whatever the machine does meanwhile (a change of clock, a neighbour) hits all of them alike and none always
 * follows the same other. At last the outputs are compared once more, since a race doesn't show at once.
 *
 * Both C and C++. */
#ifndef NINC_RUNNER_PROTOCOL_H
#define NINC_RUNNER_PROTOCOL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { WARM_UP_RUNS = 2 };

/* Which of n candidates is the i-th to run in a round. Each comes first in turn, forwards in one cycle and
 * backwards in the next, so that none has the same one before it most of the time. */
static inline int32_t candidate_in_round(int32_t round, int32_t i, int32_t n) {
  const bool backwards = round / n % 2 == 1;
  return (round % n + (backwards ? n - i : i)) % n;
}

/* Whether a candidate whose least time is `least` so far is out of the race against the first one. */
static inline bool is_hopeless(uint64_t least_ns, uint64_t least_ns_of_first, double give_up_ratio) {
  return (double)least_ns > give_up_ratio * (double)least_ns_of_first;
}

/* How far an output is off, and where most. */
struct deviation {
  double largest;
  size_t element;
};

/* NaN where a number is expected, and the like, is infinitely far off. */
static inline struct deviation deviation_of(const float *values, const float *expected, size_t count) {
  struct deviation most = {0, 0};
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i], wanted = expected[i], distance = fabs(value - wanted);
    if (value == wanted || (value != value && wanted != wanted)) continue;
    const double error = distance <= 1e300 ? distance : (double)INFINITY; /* also where it is NaN */
    if (error <= most.largest) continue;
    most.largest = error;
    most.element = i;
  }
  return most;
}

/* What is said of an output that is off by more than its bound. */
static inline void describe_deviation(char *words, size_t bytes, int output, struct deviation deviation,
                                      double bound, float value, float expected) {
  snprintf(words, bytes, "output %d is off by %.9g, its bound is %.9g: element %zu is %.9g instead of %.9g",
           output, deviation.largest, bound, deviation.element, (double)value, (double)expected);
}

#endif
