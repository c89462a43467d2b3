/* The text of a job, a line at a time. Each directive has a function that reads what follows its name; a
 * table says which, and whether it may stand in a job more than once. */
#define _GNU_SOURCE
#include "tuner/runner/job.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  LONGEST_TEXT = 16 << 20,
  MOST_LIST = 100000,
  MOST_THREADS = 1024, /* of a team (runtime/cpu/team.c) */
  MOST_ROUNDS = 1000000
};

struct parser {
  struct job *job;
  const char *path;
  int folder_length; /* of the part of path up to and with the last slash */
  int line;
  unsigned seen; /* bit i: directive i of the table was there */
  struct verdict *verdict;
};

#define REFUSE(parser, format, ...)                                                                          \
  refuse((parser)->verdict, OUTCOME_FAILED, "%s:%d: " format, (parser)->path, (parser)->line, __VA_ARGS__)

static bool no_memory(struct parser *parser) {
  return refuse(parser->verdict, OUTCOME_MEMORY, "%s:%d: no memory for the job itself", parser->path,
                parser->line);
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the next word off *rest; an empty one if there is none. */
static char *next_word(char **rest) {
  char *word = *rest;
  while (is_blank(*word))
    ++word;
  char *end = word;
  while (*end && !is_blank(*end))
    ++end;
  *rest = end;
  if (*end) {
    *end = '\0';
    *rest = end + 1;
  }
  return word;
}

/* What follows in the line, without blanks around it. */
static char *remainder_of(char *rest) {
  while (is_blank(*rest))
    ++rest;
  size_t length = strlen(rest);
  while (length > 0 && is_blank(rest[length - 1]))
    rest[--length] = '\0';
  return rest;
}

static bool read_integer(struct parser *parser, char **rest, const char *what, int64_t least, int64_t most,
                         int64_t *value) {
  const char *word = next_word(rest);
  char *end;
  errno = 0;
  const long long number = strtoll(word, &end, 10);
  if (end == word || *end || errno || number < least || number > most)
    return REFUSE(parser, "%s is a whole number from %lld to %lld, not '%s'", what, (long long)least,
                  (long long)most, word);
  *value = number;
  return true;
}

static bool read_real(struct parser *parser, char **rest, const char *what, double *value) {
  const char *word = next_word(rest);
  char *end;
  const double number = strtod(word, &end);
  if (end == word || *end || !isfinite(number) || number < 0)
    return REFUSE(parser, "%s is a number from 0 on, not '%s'", what, word);
  *value = number;
  return true;
}

static bool at_end(struct parser *parser, char *rest) {
  rest = remainder_of(rest);
  return !*rest || REFUSE(parser, "nothing may follow here, but '%s' does", rest);
}

/* Makes room for one more element behind `count` of them. */
static bool grow(struct parser *parser, void *list_pointer, int32_t count, size_t element_bytes) {
  void **list = list_pointer;
  if (count >= MOST_LIST) return REFUSE(parser, "more than %d of a kind", MOST_LIST);
  void *larger = realloc(*list, ((size_t)count + 1) * element_bytes);
  if (!larger) return no_memory(parser);
  *list = larger;
  return true;
}

static bool read_path(struct parser *parser, char *rest, char **path) {
  const char *name = remainder_of(rest);
  if (!*name) return REFUSE(parser, "%s", "a path must follow");
  const int folder_length = *name == '/' ? 0 : parser->folder_length;
  if (asprintf(path, "%.*s%s", folder_length, parser->path, name) >= 0) return true;
  *path = NULL;
  return no_memory(parser);
}

static bool append_path(struct parser *parser, char *rest, struct path_list *list) {
  if (!grow(parser, &list->paths, list->count, sizeof *list->paths)) return false;
  if (!read_path(parser, rest, &list->paths[list->count])) return false;
  ++list->count;
  return true;
}

static struct job_candidate *last_candidate(struct parser *parser) {
  struct job *job = parser->job;
  if (job->n_candidates > 0) return &job->candidates[job->n_candidates - 1];
  REFUSE(parser, "%s", "this belongs to a candidate, and none is named above");
  return NULL;
}

static bool read_label(struct parser *parser, char *rest) {
  char *label = strdup(remainder_of(rest));
  if (!label) return no_memory(parser);
  free(parser->job->label);
  parser->job->label = label;
  return true;
}

static bool read_threads(struct parser *parser, char *rest) {
  int64_t threads;
  if (!read_integer(parser, &rest, "the number of threads", 1, MOST_THREADS, &threads)) return false;
  parser->job->threads = (int32_t)threads;
  return at_end(parser, rest);
}

static bool read_cpus(struct parser *parser, char *rest) {
  char *list = next_word(&rest);
  CPU_ZERO(&parser->job->cpus);
  while (list) {
    char *number = strsep(&list, ",");
    int64_t cpu;
    if (!read_integer(parser, &number, "a CPU", 0, CPU_SETSIZE - 1, &cpu)) return false;
    CPU_SET((size_t)cpu, &parser->job->cpus);
  }
  parser->job->bound_to_cpus = true;
  return at_end(parser, rest);
}

static bool read_evict(struct parser *parser, char *rest) {
  int64_t bytes;
  if (!read_integer(parser, &rest, "the number of bytes", 0, INT64_C(1) << 40, &bytes)) return false;
  parser->job->evict_bytes = (size_t)bytes;
  return at_end(parser, rest);
}

static bool read_rounds(struct parser *parser, char *rest) {
  int64_t least, most;
  if (!read_integer(parser, &rest, "the least number of rounds", 1, MOST_ROUNDS, &least)) return false;
  if (!read_integer(parser, &rest, "the largest number of rounds", least, MOST_ROUNDS, &most)) return false;
  parser->job->least_rounds = (int32_t)least;
  parser->job->most_rounds = (int32_t)most;
  return at_end(parser, rest);
}

static bool read_seconds(struct parser *parser, char *rest) {
  return read_real(parser, &rest, "the time", &parser->job->seconds) && at_end(parser, rest);
}

static bool read_limit(struct parser *parser, char *rest) {
  const char *what = next_word(&rest);
  if (strcmp(what, "seconds") == 0)
    return read_real(parser, &rest, "the limit", &parser->job->limit_seconds) && at_end(parser, rest);
  if (strcmp(what, "bytes") != 0)
    return REFUSE(parser, "there is no limit of '%s', but of seconds and of bytes", what);
  int64_t bytes;
  if (!read_integer(parser, &rest, "the limit", 1, INT64_MAX, &bytes)) return false;
  parser->job->limit_bytes = (uint64_t)bytes;
  return at_end(parser, rest);
}

static bool read_counters(struct parser *parser, char *rest) {
  int64_t counters;
  if (!read_integer(parser, &rest, "counters", 0, 1, &counters)) return false;
  parser->job->counters = counters != 0;
  return at_end(parser, rest);
}

static bool read_give_up(struct parser *parser, char *rest) {
  int64_t rounds;
  if (!read_real(parser, &rest, "the ratio", &parser->job->give_up_ratio)) return false;
  if (!read_integer(parser, &rest, "the number of rounds", 1, MOST_ROUNDS, &rounds)) return false;
  parser->job->give_up_rounds = (int32_t)rounds;
  return at_end(parser, rest);
}

static bool read_input(struct parser *parser, char *rest) {
  return append_path(parser, rest, &parser->job->inputs);
}

static bool read_expectation(struct parser *parser, char *rest) {
  return append_path(parser, rest, &parser->job->expectations);
}

static bool read_candidate(struct parser *parser, char *rest) {
  struct job *job = parser->job;
  if (!grow(parser, &job->candidates, job->n_candidates, sizeof *job->candidates)) return false;
  struct job_candidate *candidate = &job->candidates[job->n_candidates];
  *candidate = (struct job_candidate){0};
  if (!read_path(parser, rest, &candidate->library)) return false;
  ++job->n_candidates;
  return true;
}

static bool read_bounds(struct parser *parser, char *rest) {
  struct job_candidate *candidate = last_candidate(parser);
  if (!candidate) return false;
  struct bound_list *list = &candidate->bounds;
  do {
    if (!grow(parser, &list->bounds, list->count, sizeof *list->bounds)) return false;
    if (!read_real(parser, &rest, "a bound", &list->bounds[list->count])) return false;
    ++list->count;
    rest = remainder_of(rest);
  } while (*rest);
  return true;
}

static bool read_weights(struct parser *parser, char *rest) {
  struct job_candidate *candidate = last_candidate(parser);
  return candidate && append_path(parser, rest, &candidate->weights);
}

static const struct directive {
  const char *name;
  bool repeats;
  bool (*read)(struct parser *parser, char *rest);
} directives[] = {
    {"label", false, read_label}, {"threads", false, read_threads},   {"cpus", false, read_cpus},
    {"evict", false, read_evict}, {"rounds", false, read_rounds},     {"seconds", false, read_seconds},
    {"limit", true, read_limit},  {"counters", false, read_counters}, {"give-up", false, read_give_up},
    {"input", true, read_input},  {"expect", true, read_expectation}, {"candidate", true, read_candidate},
    {"bound", true, read_bounds}, {"weights", true, read_weights}};

static bool read_directive(struct parser *parser, char *line) {
  const char *name = next_word(&line);
  if (!*name) return true;
  for (unsigned i = 0; i < sizeof directives / sizeof *directives; ++i) {
    if (strcmp(name, directives[i].name) != 0) continue;
    if ((parser->seen & (1u << i)) && !directives[i].repeats) return REFUSE(parser, "a second '%s'", name);
    parser->seen |= 1u << i;
    return directives[i].read(parser, line);
  }
  return REFUSE(parser, "there is no directive '%.100s'", name);
}

static bool check_whole(struct parser *parser) {
  const struct job *job = parser->job;
  if (job->n_candidates == 0)
    return refuse(parser->verdict, OUTCOME_FAILED, "%s: it names no candidate", parser->path);
  for (int32_t i = 0; i < job->n_candidates; ++i) {
    if (job->candidates[i].bounds.count == job->expectations.count) continue;
    parser->verdict->candidate = i;
    return refuse(parser->verdict, OUTCOME_FAILED,
                  "%s: candidate %d has %d bounds for %d expectations; one each is needed", parser->path, i,
                  job->candidates[i].bounds.count, job->expectations.count);
  }
  return true;
}

static bool read_lines(struct parser *parser, char *text, size_t bytes) {
  static const char first_line[] = "ninc-runner 1";
  char *const end = text + bytes;
  while (text < end) {
    char *line = text;
    char *line_end = memchr(line, '\n', (size_t)(end - line));
    if (!line_end) line_end = end;
    *line_end = '\0'; /* the text has room for one behind its end */
    text = line_end + 1;
    ++parser->line;
    if (strlen(line) != (size_t)(line_end - line)) return REFUSE(parser, "%s", "this is no text");
    if (parser->line > 1) {
      if (!read_directive(parser, line)) return false;
    } else if (strcmp(remainder_of(line), first_line) != 0) {
      return REFUSE(parser, "a job for this runner begins with '%s'", first_line);
    }
  }
  if (parser->line == 0) return refuse(parser->verdict, OUTCOME_FAILED, "%s: it is empty", parser->path);
  return check_whole(parser);
}

/* A FIFO would be waited for until somebody writes to it; a pipe that is open already (/dev/stdin) may be
 * meant. */
static FILE *open_text(const char *path, struct verdict *verdict) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  const bool is_known = descriptor >= 0 && fstat(descriptor, &status) == 0;
  if (is_known && S_ISFIFO(status.st_mode) && strncmp(path, "/dev/", 5) != 0 &&
      strncmp(path, "/proc/", 6) != 0) {
    close(descriptor);
    refuse(verdict, OUTCOME_FAILED, "'%s' is a FIFO, and nobody may ever write to it", path);
    return NULL;
  }
  FILE *file = is_known && fcntl(descriptor, F_SETFL, 0) == 0 ? fdopen(descriptor, "rb") : NULL;
  if (file) return file;
  refuse_errno(verdict, errno, "can't open '%s'", path);
  if (descriptor >= 0) close(descriptor);
  return NULL;
}

static bool read_text(const char *path, char **text, size_t *bytes, struct verdict *verdict) {
  FILE *file = open_text(path, verdict);
  if (!file) return false;
  *text = malloc(LONGEST_TEXT + 1);
  if (!*text) {
    fclose(file);
    return refuse_errno(verdict, ENOMEM, "can't read '%s'", path);
  }
  errno = 0;
  *bytes = fread(*text, 1, LONGEST_TEXT + 1, file);
  const int error = ferror(file) ? errno : 0;
  fclose(file);
  if (error) return refuse_errno(verdict, error, "can't read '%s'", path);
  if (*bytes > LONGEST_TEXT) return refuse(verdict, OUTCOME_FAILED, "'%s' is too long for a job", path);
  return true;
}

bool job_read(const char *path, struct job *job, struct verdict *verdict) {
  *job =
      (struct job){.threads = 1, .least_rounds = 5, .most_rounds = 200, .seconds = 0.5, .limit_seconds = 20};
  verdict->candidate = -1;
  job->label = strdup("");
  if (!job->label) return refuse_errno(verdict, ENOMEM, "can't read '%s'", path);
  const char *slash = strrchr(path, '/');
  struct parser parser = {
      .job = job, .path = path, .folder_length = slash ? (int)(slash + 1 - path) : 0, .verdict = verdict};
  char *text = NULL;
  size_t bytes = 0;
  const bool whole = read_text(path, &text, &bytes, verdict) && read_lines(&parser, text, bytes);
  free(text);
  return whole;
}

static void free_paths(struct path_list *list) {
  for (int32_t i = 0; i < list->count; ++i)
    free(list->paths[i]);
  free(list->paths);
}

void job_free(struct job *job) {
  free(job->label);
  free_paths(&job->inputs);
  free_paths(&job->expectations);
  for (int32_t i = 0; i < job->n_candidates; ++i) {
    free(job->candidates[i].library);
    free(job->candidates[i].bounds.bounds);
    free_paths(&job->candidates[i].weights);
  }
  free(job->candidates);
}
