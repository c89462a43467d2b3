#include "tuner/runner/outcome.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *outcome_name(enum outcome outcome) {
  static const char *const names[OUTCOMES] = {"ok", "wrong", "crashed", "hung", "memory", "failed"};
  return names[outcome];
}

bool refuse(struct verdict *verdict, enum outcome outcome, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(verdict->detail, sizeof verdict->detail, format, arguments);
  va_end(arguments);
  verdict->outcome = outcome;
  return false;
}

bool refuse_errno(struct verdict *verdict, int error, const char *format, ...) {
  char what[DETAIL_BYTES / 2];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return refuse(verdict, error == ENOMEM ? OUTCOME_MEMORY : OUTCOME_FAILED, "%s: %s", what, strerror(error));
}
