/* What the runtime promises, as a plain C program: each check that fails says so, and the exit status counts
 * them. Built with sanitizers too (CMakeLists.txt beside this file). */
#include "runtime/cpu/runtime.h"
#include "check.h"
#include "runtime/ninc_devices.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { most = 5000 };

struct record {
  int plain[most]; /* written by one task each: a race here is the team's fault */
  _Atomic int calls;
  int fail_at;
};

static int note(void *closure, int32_t index) {
  struct record *record = closure;
  ++record->plain[index];
  atomic_fetch_add(&record->calls, 1);
  return index == record->fail_at ? 1000 + index : 0;
}

static struct record no_calls(void) {
  struct record record = {.fail_at = -1};
  return record;
}

static int all_once(const struct record *record, int count) {
  for (int i = 0; i < most; ++i)
    if (record->plain[i] != (i < count)) return 0;
  return 1;
}

static void every_index_is_run_once(void) {
  const int32_t sizes[] = {1, 2, 3, 4, 8};
  const int32_t counts[] = {0, 1, 2, 3, 7, 64, most};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    int status = -1;
    ninc_executor *team = ninc_team_create(sizes[s], &status);
    CHECK(team != NULL && status == NINC_OK);
    CHECK(team->threads == sizes[s]);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
      struct record record = no_calls();
      CHECK(team->parallel_for(team->self, note, &record, counts[c]) == 0);
      CHECK(all_once(&record, counts[c]));
    }
    ninc_team_destroy(team);
  }
}

static void many_short_loops_follow_one_another(void) {
  ninc_executor *team = ninc_team_create(3, NULL);
  struct record record = no_calls();
  for (int i = 0; i < 20000; ++i)
    team->parallel_for(team->self, note, &record, 1 + i % 5);
  CHECK(record.calls == 20000 * 3);
  CHECK(record.plain[4] == 4000);
  ninc_team_destroy(team);
}

/* Long enough for the team's threads to give up spinning and sleep. */
static void sleeping_threads_wake_up(void) {
  ninc_executor *team = ninc_team_create(4, NULL);
  for (int i = 0; i < 20; ++i) {
    const uint64_t start = ninc_clock_ns();
    while (ninc_clock_ns() - start < 2000000) {
    }
    struct record record = no_calls();
    CHECK(team->parallel_for(team->self, note, &record, 100) == 0);
    CHECK(all_once(&record, 100));
  }
  ninc_team_destroy(team);
}

struct meeting {
  _Atomic int present;
  int expected;
};

/* Returns only if `expected` tasks run at the same time. */
static int meet(void *closure, int32_t index) {
  (void)index;
  struct meeting *meeting = closure;
  atomic_fetch_add(&meeting->present, 1);
  while (atomic_load(&meeting->present) < meeting->expected) {
  }
  return 0;
}

static void tasks_run_at_the_same_time(void) {
  ninc_executor *team = ninc_team_create(3, NULL);
  for (int i = 0; i < 50; ++i) {
    struct meeting meeting = {0, 3};
    CHECK(team->parallel_for(team->self, meet, &meeting, 3) == 0);
  }
  ninc_team_destroy(team);
}

static void an_error_stops_the_loop_and_is_returned(void) {
  const int32_t sizes[] = {1, 2, 4};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    ninc_executor *team = ninc_team_create(sizes[s], NULL);
    int stopped = 0;
    for (int round = 0; round < 200; ++round) {
      struct record record = no_calls();
      record.fail_at = 3;
      CHECK(team->parallel_for(team->self, note, &record, most) == 1003);
      /* On a busy machine the thread that fails may be put aside until the others have done all the rest. */
      stopped += record.calls < most;
      record = no_calls();
      CHECK(team->parallel_for(team->self, note, &record, 10) == 0);
      CHECK(all_once(&record, 10));
    }
    CHECK(stopped > 0);
    ninc_team_destroy(team);
  }
}

struct nested {
  ninc_executor *team;
  struct record records[8];
};

static int run_inner_loop(void *closure, int32_t index) {
  struct nested *nested = closure;
  return nested->team->parallel_for(nested->team->self, note, &nested->records[index], 50);
}

static void loops_nest(void) {
  static struct nested nested;
  nested.team = ninc_team_create(2, NULL);
  for (int i = 0; i < 8; ++i)
    nested.records[i] = no_calls();
  CHECK(nested.team->parallel_for(nested.team->self, run_inner_loop, &nested, 8) == 0);
  for (int i = 0; i < 8; ++i)
    CHECK(all_once(&nested.records[i], 50));
  ninc_team_destroy(nested.team);
}

static void *use_team(void *team) {
  struct record record = no_calls();
  for (int i = 0; i < 500; ++i)
    ((ninc_executor *)team)->parallel_for(((ninc_executor *)team)->self, note, &record, 20);
  CHECK(record.calls == 500 * 20);
  return NULL;
}

static void a_busy_team_serves_a_second_caller(void) {
  ninc_executor *team = ninc_team_create(2, NULL);
  pthread_t other;
  CHECK(pthread_create(&other, NULL, use_team, team) == 0);
  use_team(team);
  pthread_join(other, NULL);
  ninc_team_destroy(team);
}

static void impossible_teams_are_refused(void) {
  const int32_t sizes[] = {0, -1, INT32_MIN, 1 << 20, INT32_MAX};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    int status = NINC_OK;
    CHECK(ninc_team_create(sizes[s], &status) == NULL);
    CHECK(status == NINC_ERROR_THREADS);
    CHECK(ninc_team_create(sizes[s], NULL) == NULL);
  }
  ninc_team_destroy(NULL);
}

static void creating_a_team_leaves_the_signal_mask_alone(void) {
  sigset_t mask;
  ninc_executor *team = ninc_team_create(2, NULL);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGUSR1));
  ninc_team_destroy(team);
}

/* A kernel's context over a slice for each of four workers. */
enum { slice_bytes = 1024 };
static _Alignas(NINC_SCRATCH_ALIGNMENT) unsigned char slices[4 * slice_bytes];

static struct ninc_kernel_context context_of(const ninc_executor *executor) {
  return (struct ninc_kernel_context){.executor = executor, .slice = slices, .slice_bytes = slice_bytes};
}

static int note_from_ten(void *context, int index, uint8_t *closure) {
  (void)context;
  return note(closure, index - 10);
}

static void kernels_loop_with_and_without_an_executor(void) {
  ninc_executor *team = ninc_team_create(2, NULL);
  ninc_executor empty = {NULL, NULL, 4, NULL};
  ninc_executor *const executors[] = {NULL, team, &empty};
  for (size_t e = 0; e < 3; ++e) {
    struct ninc_kernel_context context = context_of(executors[e]);
    struct record record = no_calls();
    CHECK(halide_do_par_for(&context, note_from_ten, 10, 33, (uint8_t *)&record) == 0);
    CHECK(all_once(&record, 33));
    CHECK(halide_do_par_for(&context, note_from_ten, 10, 0, (uint8_t *)&record) == 0);
    record = no_calls();
    record.fail_at = 0;
    CHECK(halide_do_par_for(&context, note_from_ten, 10, most, (uint8_t *)&record) == 1000);
    CHECK(record.calls < most);
  }
  ninc_team_destroy(team);
}

/* Counts what it is asked for, and runs it last index first. */
struct backwards {
  int32_t most_asked;
};

static int run_backwards(void *self, ninc_task task, void *closure, int32_t count) {
  struct backwards *backwards = self;
  if (count > backwards->most_asked) backwards->most_asked = count;
  for (int32_t i = count; i-- > 0;) {
    const int status = task(closure, i);
    if (status != 0) return status;
  }
  return 0;
}

static void kernels_ask_for_no_more_tasks_than_threads(void) {
  struct backwards backwards = {0};
  const ninc_executor executor = {run_backwards, &backwards, 3, NULL};
  struct ninc_kernel_context context = context_of(&executor);
  struct record record = no_calls();
  CHECK(halide_do_par_for(&context, note_from_ten, 10, 100, (uint8_t *)&record) == 0);
  CHECK(all_once(&record, 100));
  CHECK(backwards.most_asked == 3);
}

struct order {
  int indices[100], count;
};

static int note_order(void *context, int index, uint8_t *closure) {
  (void)context;
  struct order *order = (struct order *)closure;
  order->indices[order->count++] = index;
  return 0;
}

/* The executor runs worker 2 of 3 first, and it goes on alone through what the others were meant to do. */
static void workers_begin_with_a_range_of_their_own(void) {
  struct backwards backwards = {0};
  const ninc_executor executor = {run_backwards, &backwards, 3, NULL};
  struct ninc_kernel_context context = context_of(&executor);
  struct order order = {.count = 0};
  CHECK(halide_do_par_for(&context, note_order, 0, 99, (uint8_t *)&order) == 0);
  CHECK(order.count == 99);
  CHECK(order.indices[0] == 66 && order.indices[32] == 98);
  CHECK(order.indices[33] == 0 && order.indices[98] == 65);
}

static int run_nothing(void *self, ninc_task task, void *closure, int32_t count) {
  (void)self, (void)task, (void)closure, (void)count;
  return 0;
}

static void an_executor_that_skips_work_is_an_error(void) {
  const ninc_executor executor = {run_nothing, NULL, 2, NULL};
  struct ninc_kernel_context context = context_of(&executor);
  struct record record = no_calls();
  CHECK(halide_do_par_for(&context, note_from_ten, 10, 4, (uint8_t *)&record) != 0);
}

/* Fills a piece of scratch and sees whether another worker has written there meanwhile. */
static int use_scratch(void *context, int index, uint8_t *closure) {
  (void)closure;
  unsigned char *piece = halide_malloc(context, 700);
  if (!piece) return 1;
  memset(piece, index, 700);
  for (int i = 0; i < 700; ++i)
    if (piece[i] != (unsigned char)index) return 2;
  halide_free(context, piece);
  return 0;
}

static void workers_have_scratch_of_their_own(void) {
  ninc_executor *team = ninc_team_create(4, NULL);
  struct ninc_kernel_context context = context_of(team);
  for (int i = 0; i < 50; ++i)
    CHECK(halide_do_par_for(&context, use_scratch, 0, 200, NULL) == 0);
  ninc_team_destroy(team);
}

static void a_loop_leaves_its_callers_scratch_alone(void) {
  ninc_executor *team = ninc_team_create(4, NULL);
  struct ninc_kernel_context context = context_of(team);
  unsigned char *outer = halide_malloc(&context, 100);
  memset(outer, 77, 100);
  CHECK(halide_do_par_for(&context, use_scratch, 0, 200, NULL) == 0);
  for (int i = 0; i < 100; ++i)
    CHECK(outer[i] == 77);
  halide_free(&context, outer);
  ninc_team_destroy(team);
}

static void scratch_is_given_out_aligned_and_taken_back(void) {
  struct ninc_kernel_context context = context_of(NULL);
  for (int round = 0; round < 100; ++round) {
    unsigned char *a = halide_malloc(&context, 1), *b = halide_malloc(&context, 200),
                  *c = halide_malloc(&context, 8);
    CHECK(a == slices && b == slices + 128 && c == slices + 384);
    halide_free(&context, b); /* not the last one: its bytes stay until c is free */
    unsigned char *d = halide_malloc(&context, 512);
    CHECK(d == slices + 512);
    halide_free(&context, c);
    halide_free(&context, d);
    halide_free(&context, NULL);
    CHECK(halide_malloc(&context, 128) == slices + 128);
    halide_free(&context, slices + 128);
    halide_free(&context, a);
  }
  CHECK(halide_malloc(&context, slice_bytes + 1) == NULL);
  CHECK(halide_malloc(&context, SIZE_MAX) == NULL);
  CHECK(halide_malloc(&context, slice_bytes) == slices);
  CHECK(halide_malloc(&context, 1) == NULL);
}

static void the_cpu_level_agrees_with_the_compilers_view(void) {
  CHECK(ninc_cpu_check(NINC_CPU_ANY) == NINC_OK);
#if defined(__x86_64__) && !defined(__clang__) && __GNUC__ >= 12
  const struct {
    int level, has;
  } rows[] = {{NINC_CPU_X86_64_V2, __builtin_cpu_supports("x86-64-v2")},
              {NINC_CPU_X86_64_V3, __builtin_cpu_supports("x86-64-v3")},
              {NINC_CPU_X86_64_V4, __builtin_cpu_supports("x86-64-v4")}};
  for (size_t i = 0; i < 3; ++i)
    CHECK((ninc_cpu_check(rows[i].level) == NINC_OK) == (rows[i].has != 0));
  CHECK(ninc_cpu_check(5) == NINC_ERROR_CPU);
#endif
}

static void every_status_has_its_own_text(void) {
  const char *unknown = ninc_status_text(-1);
  CHECK(unknown && *unknown);
  for (int a = NINC_OK; a <= NINC_ERROR_WEIGHTS; ++a) {
    CHECK(strcmp(ninc_status_text(a), unknown) != 0);
    for (int b = NINC_OK; b < a; ++b)
      CHECK(strcmp(ninc_status_text(a), ninc_status_text(b)) != 0);
  }
}

static void the_clock_moves_forward(void) {
  const uint64_t start = ninc_clock_ns();
  uint64_t now = start;
  for (int i = 0; i < 1000000 && now == start; ++i)
    now = ninc_clock_ns();
  CHECK(now > start);
}

int main(void) {
  every_index_is_run_once();
  many_short_loops_follow_one_another();
  sleeping_threads_wake_up();
  tasks_run_at_the_same_time();
  an_error_stops_the_loop_and_is_returned();
  loops_nest();
  a_busy_team_serves_a_second_caller();
  impossible_teams_are_refused();
  creating_a_team_leaves_the_signal_mask_alone();
  kernels_loop_with_and_without_an_executor();
  kernels_ask_for_no_more_tasks_than_threads();
  workers_begin_with_a_range_of_their_own();
  an_executor_that_skips_work_is_an_error();
  workers_have_scratch_of_their_own();
  a_loop_leaves_its_callers_scratch_alone();
  scratch_is_given_out_aligned_and_taken_back();
  the_cpu_level_agrees_with_the_compilers_view();
  every_status_has_its_own_text();
  the_clock_moves_forward();
  if (failures == 0) puts("runtime: all as promised");
  return failures;
}
