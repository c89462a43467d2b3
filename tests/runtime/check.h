/* A check that fails says so and is counted; the exit status is the count. */
#ifndef CHECK

#include <stdio.h>

static int failures = 0;

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__, #condition);                  \
      ++failures;                                                                                            \
    }                                                                                                        \
  } while (0)

#endif
