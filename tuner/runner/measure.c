/* The protocol of tuner/runner/protocol.h on CPUs. Before a timed run every thread reads a buffer that pushes
 * the last run's data out of its private caches, and then the inputs are read, which a kernel finds in cache
 * behind the kernel that made them.
 *
 * All candidates share one team, the first one's: were there one for each, the last candidate's threads would
 * still be spinning while the next is timed. */
#define _GNU_SOURCE
#include "tuner/runner/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tuner/runner/candidate.h"
#include "tuner/runner/protocol.h"

enum { CACHE_LINE = 64 };

struct session {
  const struct job *job;
  struct progress *progress;
  struct results *results;
  struct file_bytes *inputs, *expectations;
  struct guarded *outputs; /* shared by the candidates, one after the other */
  void **output_addresses;
  struct candidate *candidates;
  ninc_executor executor; /* a copy of the team's, or one that runs tasks in order */
  const unsigned char *eviction_buffer;
};

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool no_memory(struct session *session) {
  return refuse_errno(&session->results->verdict, ENOMEM, "no room for a job of this size");
}

static void *allocate(size_t count, size_t element_bytes) {
  return calloc(count > 0 ? count : 1, element_bytes);
}

/* From here on whatever happens is this candidate's doing. */
static struct candidate *turn_of(struct session *session, int32_t c) {
  atomic_store(&session->progress->candidate, c);
  session->results->verdict.candidate = c;
  return &session->candidates[c];
}

static void turn_of_none(struct session *session) {
  session->results->verdict.candidate = -1;
}

/* --- preparation --- */

static bool map_files(struct session *session, const struct path_list *list, struct file_bytes **files) {
  *files = allocate((size_t)list->count, sizeof **files);
  if (!*files) return no_memory(session);
  for (int32_t i = 0; i < list->count; ++i)
    if (!map_file(list->paths[i], &(*files)[i], &session->results->verdict)) return false;
  return true;
}

static bool open_candidates(struct session *session) {
  const struct job *job = session->job;
  for (int32_t c = 0; c < job->n_candidates; ++c) {
    struct candidate *candidate = turn_of(session, c);
    if (!candidate_open(job, &job->candidates[c], session->inputs, session->expectations, candidate,
                        &session->results->verdict))
      return false;
    for (int32_t i = 0; i < job->expectations.count; ++i)
      if (candidate->model->outputs[i].element != session->candidates[0].model->outputs[i].element)
        return refuse(&session->results->verdict, OUTCOME_FAILED, "its output %d has other elements", i);
  }
  turn_of_none(session);
  return true;
}

/* Of an output in memory: the expectations are floats, which integers are twice as large as. */
static size_t output_bytes(const struct session *session, int32_t output) {
  const size_t floats = session->expectations[output].bytes;
  const bool integers = session->candidates[0].model->outputs[output].element == NINC_I64;
  return integers ? floats / sizeof(float) * sizeof(int64_t) : floats;
}

static bool make_outputs(struct session *session) {
  for (int32_t i = 0; i < session->job->expectations.count; ++i) {
    if (!make_guarded("an output", output_bytes(session, i), TENSOR_ALIGNMENT, &session->outputs[i],
                      &session->results->verdict))
      return false;
    session->output_addresses[i] = session->outputs[i].data;
  }
  return true;
}

/* Written to, because all pages that never were share one page of memory, and one of cache. */
static bool make_eviction_buffer(struct session *session) {
  const size_t bytes = session->job->evict_bytes;
  if (bytes == 0) return true;
  void *buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (buffer == MAP_FAILED)
    return refuse_errno(&session->results->verdict, errno, "no room for %zu bytes to evict with", bytes);
  memset(buffer, 1, bytes);
  session->eviction_buffer = buffer;
  return true;
}

static int run_in_order(void *self, ninc_task task, void *closure, int32_t count) {
  (void)self;
  for (int32_t i = 0; i < count; ++i) {
    const int status = task(closure, i);
    if (status != 0) return status;
  }
  return 0;
}

static bool make_team(struct session *session) {
  const int32_t threads = session->job->threads;
  session->executor = (ninc_executor){run_in_order, NULL, 1, NULL};
  if (threads == 1) return true;
  const struct candidate *first = turn_of(session, 0);
  int status = NINC_OK;
  const ninc_executor *team = first->model->team_create(threads, &status);
  if (!team) {
    refuse_status(first, status, "a team can't be made", &session->results->verdict);
    session->results->verdict.outcome = OUTCOME_MEMORY; /* threads fail for want of room for their stacks */
    return false;
  }
  session->executor = *team;
  turn_of_none(session);
  return true;
}

static bool allocate_results(struct session *session) {
  struct results *results = session->results;
  const size_t n = (size_t)results->n_candidates, rounds = (size_t)session->job->most_rounds;
  results->errors = allocate(n * (size_t)results->n_outputs, sizeof *results->errors);
  results->times_ns = allocate(n * rounds, sizeof *results->times_ns);
  if (!results->errors || !results->times_ns) return no_memory(session);
  if (!session->job->counters) return true;
  results->n_kernels = allocate(n, sizeof *results->n_kernels);
  results->kernel_ns = allocate(n, sizeof *results->kernel_ns);
  if (!results->n_kernels || !results->kernel_ns) return no_memory(session);
  for (size_t c = 0; c < n; ++c) {
    results->n_kernels[c] = session->candidates[c].model->most_kernels;
    results->kernel_ns[c] = allocate(rounds * (size_t)results->n_kernels[c], sizeof **results->kernel_ns);
    if (!results->kernel_ns[c]) return no_memory(session);
  }
  return true;
}

static bool prepare(struct session *session) {
  const struct job *job = session->job;
  const size_t n_outputs = (size_t)job->expectations.count;
  session->candidates = allocate((size_t)job->n_candidates, sizeof *session->candidates);
  session->outputs = allocate(n_outputs, sizeof *session->outputs);
  session->output_addresses = allocate(n_outputs, sizeof *session->output_addresses);
  if (!session->candidates || !session->outputs || !session->output_addresses) return no_memory(session);
  /* A machine without these CPUs still gives times; where they come from is the caller's to know. */
  if (job->bound_to_cpus) sched_setaffinity(0, sizeof job->cpus, &job->cpus);
  return map_files(session, &job->inputs, &session->inputs) &&
         map_files(session, &job->expectations, &session->expectations) && open_candidates(session) &&
         make_outputs(session) && allocate_results(session) && make_eviction_buffer(session) &&
         make_team(session);
}

/* --- one run --- */

/* `kernel_ns` is NULL or has a counter for each kernel. `elapsed_ns` may be NULL. */
static bool run(struct session *session, const struct candidate *candidate, uint64_t *kernel_ns,
                uint64_t *elapsed_ns) {
  ninc_executor executor = session->executor;
  executor.kernel_ns = kernel_ns;
  const ninc_executor *chosen = session->job->threads == 1 && !kernel_ns ? NULL : &executor;
  const uint64_t begin = now_ns();
  const int status =
      candidate->model->run(candidate->inputs, session->output_addresses, candidate->scratch.data, chosen);
  const uint64_t end = now_ns();
  if (elapsed_ns) *elapsed_ns = end - begin;
  if (status == NINC_OK) return true;
  refuse_status(candidate, status, "its run failed", &session->results->verdict);
  /* Not the job's fault, as what can't be loaded is: a candidate that gives up is as bad as one that crashes.
   */
  enum outcome *outcome = &session->results->verdict.outcome;
  if (*outcome == OUTCOME_FAILED) *outcome = OUTCOME_CRASHED;
  return false;
}

/* --- checking --- */

static bool check_margins(struct session *session, const struct guarded *buffer, const char *name,
                          int32_t number) {
  struct verdict *verdict = &session->results->verdict;
  char digits[16] = "";
  if (number >= 0) snprintf(digits, sizeof digits, " %d", number);
  if (!intact_before(buffer)) return refuse(verdict, OUTCOME_WRONG, "writes before %s%s", name, digits);
  if (!intact_behind(buffer)) return refuse(verdict, OUTCOME_WRONG, "writes behind %s%s", name, digits);
  return true;
}

/* What the candidate has written, as floats: integers are made such where they lie, in front of themselves.
 */
static const float *written_floats(struct session *session, int32_t c, int32_t output, size_t count) {
  unsigned char *data = session->outputs[output].data;
  if (session->candidates[c].model->outputs[output].element == NINC_I64)
    for (size_t i = 0; i < count; ++i) {
      int64_t number;
      memcpy(&number, data + i * sizeof number, sizeof number);
      const float value = (float)number;
      memcpy(data + i * sizeof value, &value, sizeof value);
    }
  return (const float *)data;
}

static void compare(struct session *session, int32_t c, int32_t output) {
  struct results *results = session->results;
  const float *expected = (const float *)session->expectations[output].data;
  const size_t count = session->expectations[output].bytes / sizeof *expected;
  const float *values = written_floats(session, c, output, count);
  const struct deviation off = deviation_of(values, expected, count);
  double *error = &results->errors[c * results->n_outputs + output];
  if (off.largest > *error) *error = off.largest;
  const double bound = session->job->candidates[c].bounds.bounds[output];
  if (!(off.largest > bound) || results->verdict.outcome != OUTCOME_OK) return;
  char words[256];
  describe_deviation(words, sizeof words, output, off, bound, values[off.element], expected[off.element]);
  refuse(&results->verdict, OUTCOME_WRONG, "%s", words);
}

/* Runs a candidate with outputs that nobody has written to and looks at what it has written, and where. */
static bool check(struct session *session, int32_t c) {
  struct results *results = session->results;
  struct candidate *candidate = turn_of(session, c);
  for (int32_t i = 0; i < results->n_outputs; ++i)
    memset(session->outputs[i].data, 0xFF, session->outputs[i].bytes); /* every float of it is NaN */
  if (!run(session, candidate, NULL, NULL)) return false;
  for (int32_t i = 0; i < results->n_outputs; ++i)
    if (!check_margins(session, &session->outputs[i], "output", i)) return false;
  if (!check_margins(session, &candidate->scratch, "its scratch", -1)) return false;
  if (c >= results->n_checked) results->n_checked = c + 1;
  for (int32_t i = 0; i < results->n_outputs; ++i)
    compare(session, c, i);
  return results->verdict.outcome == OUTCOME_OK;
}

static bool check_all(struct session *session) {
  for (int32_t c = 0; c < session->results->n_candidates; ++c)
    if (!check(session, c)) return false;
  return true;
}

/* --- rounds --- */

static void read_lines(const unsigned char *data, size_t bytes) {
  for (size_t i = 0; i < bytes; i += CACHE_LINE)
    (void)*(const volatile unsigned char *)(data + i);
}

struct meeting {
  int32_t threads;
  _Atomic int32_t arrived;
  const unsigned char *buffer; /* read by each when all are there; may be NULL */
  size_t bytes;
};

/* A task waits until all are under way: so each thread of the team gets one, unless a thread sleeps so long
 * that another is through before. */
static int meet_task(void *closure, int32_t index) {
  (void)index;
  struct meeting *meeting = closure;
  enum { PATIENCE_NS = 1000000 };
  atomic_fetch_add(&meeting->arrived, 1);
  const uint64_t give_up = now_ns() + PATIENCE_NS;
  while (atomic_load(&meeting->arrived) < meeting->threads && now_ns() < give_up)
    ;
  read_lines(meeting->buffer, meeting->bytes);
  return 0;
}

static void meet(const struct session *session, const unsigned char *buffer, size_t bytes) {
  struct meeting meeting = {session->job->threads, 0, buffer, bytes};
  session->executor.parallel_for(session->executor.self, meet_task, &meeting, meeting.threads);
}

/* Brings caches and threads to where a kernel finds them behind another kernel: weights far away, inputs
 * near, and the team awake, which it isn't after this thread alone has read the inputs. */
static void set_scene(struct session *session) {
  const struct job *job = session->job;
  if (session->eviction_buffer) meet(session, session->eviction_buffer, job->evict_bytes);
  for (int32_t i = 0; i < job->inputs.count; ++i)
    read_lines(session->inputs[i].data, session->inputs[i].bytes);
  if (job->threads > 1) meet(session, NULL, 0);
}

static bool time_once(struct session *session, int32_t c, int32_t round) {
  const struct results *results = session->results;
  const struct candidate *candidate = turn_of(session, c);
  uint64_t *kernel_ns = NULL;
  if (results->kernel_ns) {
    const size_t n_kernels = (size_t)results->n_kernels[c];
    kernel_ns = results->kernel_ns[c] + (size_t)round * n_kernels;
    memset(kernel_ns, 0, n_kernels * sizeof *kernel_ns); /* no page of it is new to the timed run */
  }
  set_scene(session);
  const size_t place = (size_t)c * (size_t)session->job->most_rounds + (size_t)round;
  return run(session, candidate, kernel_ns, &results->times_ns[place]);
}

static uint64_t least_time(const struct session *session, int32_t c, int32_t rounds) {
  const uint64_t *times = session->results->times_ns + (size_t)c * (size_t)session->job->most_rounds;
  uint64_t least = UINT64_MAX;
  for (int32_t r = 0; r < rounds; ++r)
    if (times[r] < least) least = times[r];
  return least;
}

static bool last_is_hopeless(const struct session *session, int32_t rounds) {
  const struct job *job = session->job;
  if (job->give_up_ratio <= 0 || rounds < job->give_up_rounds) return false;
  return is_hopeless(least_time(session, job->n_candidates - 1, rounds), least_time(session, 0, rounds),
                     job->give_up_ratio);
}

static bool run_rounds(struct session *session, int32_t *rounds) {
  const struct job *job = session->job;
  const int32_t n = job->n_candidates;
  const uint64_t begin = now_ns();
  for (*rounds = 0; *rounds < job->most_rounds; ++*rounds) {
    if (*rounds >= job->least_rounds && (double)(now_ns() - begin) * 1e-9 >= job->seconds) break;
    if (last_is_hopeless(session, *rounds)) break;
    for (int32_t i = 0; i < n; ++i)
      if (!time_once(session, candidate_in_round(*rounds, i, n), *rounds)) return false;
  }
  return true;
}

/* Closes the gaps that rounds left which were never run. */
static void keep_rounds(struct session *session, int32_t rounds) {
  struct results *results = session->results;
  for (size_t c = 0; c < (size_t)results->n_candidates; ++c)
    memmove(results->times_ns + c * (size_t)rounds, results->times_ns + c * (size_t)session->job->most_rounds,
            (size_t)rounds * sizeof *results->times_ns);
  results->rounds = rounds;
}

static void measure_session(struct session *session) {
  if (!prepare(session)) return;
  /* A kernel may count on nothing in its scratch: let it find NaN there. */
  for (int32_t c = 0; c < session->job->n_candidates; ++c)
    memset(session->candidates[c].scratch.data, 0xFF, session->candidates[c].scratch.bytes);
  if (!check_all(session)) return;
  for (int i = 0; i < WARM_UP_RUNS; ++i)
    for (int32_t c = 0; c < session->job->n_candidates; ++c)
      if (!run(session, turn_of(session, c), NULL, NULL)) return;
  int32_t rounds;
  if (!run_rounds(session, &rounds) || !check_all(session)) return;
  turn_of_none(session);
  keep_rounds(session, rounds);
}

static struct progress *told; /* by malloc_failed */

static void malloc_failed(size_t bytes) {
  atomic_store(&told->malloc_failed_bytes, bytes);
}

void measure(const struct job *job, struct progress *progress, struct results *results) {
  told = progress;
  library_malloc_failed = malloc_failed;
  results->verdict = (struct verdict){.outcome = OUTCOME_OK, .candidate = -1};
  struct session session = {.job = job, .progress = progress, .results = results};
  measure_session(&session);
}
