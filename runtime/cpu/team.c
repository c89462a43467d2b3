/* A team of threads that runs one parallel loop at a time, the thread that asks being one of the team.
 *
 * A loop is a job: task, closure, count, and a ticket from which each thread draws the next index. The
 * ticket is one 64-bit word, the job's number above the next index, so a thread that comes late and still
 * holds an old job's number cannot draw from a new job: its compare-and-swap fails. Hence the caller waits
 * for the indices that were drawn, not for threads that are still asleep, and a loop that the caller
 * finishes alone costs no wake-up latency. While the job's fields change the ticket's number is odd, which
 * nobody draws from (a sequence lock in small).
 *
 * Kernels follow one another within microseconds, so a thread without work spins for a moment before it
 * sleeps on a futex; the caller waits for the last tasks in the same way. A futex rather than a condition
 * variable: `run` must not allocate, a library without a libc dependency of its own binds to the oldest
 * version of each symbol, and glibc's oldest condition variables allocate.
 *
 * A child of fork has a copy of the team without its threads. A loop needs nothing of them: the caller draws
 * every index itself, or runs alone if the copy was taken in the middle of another one's loop, which leaves
 * `busy` set. Only the end of a team may not wait for threads that aren't there. */
#define _GNU_SOURCE
#include "runtime/origin.h"
#include "runtime/cpu/runtime.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_threads = 1024, spins = 2000 };

struct team {
  ninc_executor executor; /* first: a team is handed out as its executor */
  int32_t workers;        /* threads beside the caller */
  struct ninc_origin origin;

  /* The job. A reader may only use what it read if its draw from the ticket succeeds. */
  _Atomic(ninc_task) task;
  _Atomic(void *) closure;
  _Atomic int32_t count;
  _Atomic uint64_t ticket;

  _Atomic uint32_t finished; /* indices of the job that need no more work; a futex */
  _Atomic uint32_t caller_sleeps;
  _Atomic int error; /* of the job: the first non-zero result of a task */

  _Atomic uint32_t announced; /* counts jobs and the end of the team; a futex */
  _Atomic uint32_t sleepers;
  _Atomic int ending;
  atomic_flag busy; /* a job is running */

  pthread_t threads[];
};

static uint64_t number_of(uint64_t ticket) {
  return ticket >> 32;
}
static int32_t index_of(uint64_t ticket) {
  return (int32_t)(ticket & UINT32_MAX);
}

static void relax(void) {
#if defined(__x86_64__)
  __asm__ volatile("pause");
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleep_while_equal(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, (uint32_t *)word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word, int threads) {
  syscall(SYS_futex, (uint32_t *)word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

static void finish(struct team *team, uint32_t indices, int32_t count) {
  const uint32_t finished = atomic_fetch_add(&team->finished, indices) + indices;
  if (finished == (uint32_t)count && atomic_load(&team->caller_sleeps)) wake(&team->finished, 1);
}

/* Takes back the indices that nobody has drawn yet. */
static void cancel_rest(struct team *team, uint64_t number, int32_t count) {
  uint64_t ticket = atomic_load(&team->ticket);
  while (number_of(ticket) == number && index_of(ticket) < count) {
    const uint64_t exhausted = (number << 32) | (uint32_t)count;
    if (atomic_compare_exchange_weak(&team->ticket, &ticket, exhausted)) {
      finish(team, (uint32_t)(count - index_of(ticket)), count);
      return;
    }
  }
}

/* Draws and runs indices until the job that is running, if any, has none left. */
static void work(struct team *team) {
  for (;;) {
    uint64_t ticket = atomic_load(&team->ticket);
    const uint64_t number = number_of(ticket);
    if (number % 2 != 0) return;
    const ninc_task task = atomic_load_explicit(&team->task, memory_order_acquire);
    void *const closure = atomic_load_explicit(&team->closure, memory_order_acquire);
    const int32_t count = atomic_load_explicit(&team->count, memory_order_acquire);
    if (index_of(ticket) >= count) return;
    if (!atomic_compare_exchange_weak(&team->ticket, &ticket, ticket + 1)) continue;
    const int status = task(closure, index_of(ticket));
    if (status != 0) {
      int none = 0;
      atomic_compare_exchange_strong(&team->error, &none, status);
      cancel_rest(team, number, count);
    }
    finish(team, 1, count);
  }
}

static void *worker_main(void *argument) {
  struct team *team = argument;
  uint32_t seen = 0; /* what `announced` was when the team was made: no job is missed */
  for (;;) {
    for (int i = 0; i < spins && atomic_load_explicit(&team->announced, memory_order_acquire) == seen; ++i)
      relax();
    while (atomic_load(&team->announced) == seen) {
      atomic_fetch_add(&team->sleepers, 1);
      sleep_while_equal(&team->announced, seen);
      atomic_fetch_sub(&team->sleepers, 1);
    }
    seen = atomic_load(&team->announced);
    if (atomic_load(&team->ending)) return NULL;
    work(team);
  }
}

static void announce(struct team *team, int32_t wanted) {
  atomic_fetch_add(&team->announced, 1);
  if (atomic_load(&team->sleepers) > 0) wake(&team->announced, wanted);
}

static void wait_until_finished(struct team *team, uint32_t count) {
  for (int i = 0; i < spins; ++i) {
    if (atomic_load_explicit(&team->finished, memory_order_acquire) == count) return;
    relax();
  }
  atomic_store(&team->caller_sleeps, 1);
  for (uint32_t finished; (finished = atomic_load(&team->finished)) != count;)
    sleep_while_equal(&team->finished, finished);
  atomic_store(&team->caller_sleeps, 0);
}

static int run_alone(ninc_task task, void *closure, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int status = task(closure, i);
    if (status != 0) return status;
  }
  return 0;
}

/* A loop inside a task of the same team, or from a second thread while the team is busy, runs in the thread
 * that asks: correct, and without a deadlock. */
static int team_parallel_for(void *self, ninc_task task, void *closure, int32_t count) {
  struct team *team = self;
  if (count <= 1 || team->workers == 0 || atomic_flag_test_and_set(&team->busy))
    return run_alone(task, closure, count);

  const uint64_t number = number_of(atomic_load(&team->ticket)) + 1; /* even: see team_create */
  atomic_store(&team->error, 0);
  atomic_store(&team->finished, 0);
  atomic_store_explicit(&team->task, task, memory_order_release);
  atomic_store_explicit(&team->closure, closure, memory_order_release);
  atomic_store_explicit(&team->count, count, memory_order_release);
  atomic_store(&team->ticket, number << 32);
  announce(team, count - 1 < team->workers ? count - 1 : team->workers);
  work(team);
  wait_until_finished(team, (uint32_t)count);
  const int status = atomic_load(&team->error);
  atomic_store(&team->ticket, (number + 1) << 32);
  atomic_flag_clear(&team->busy);
  return status;
}

static void end_workers(struct team *team, int32_t started) {
  atomic_store(&team->ending, 1);
  atomic_fetch_add(&team->announced, 1);
  wake(&team->announced, INT_MAX);
  for (int32_t i = 0; i < started; ++i)
    pthread_join(team->threads[i], NULL);
}

/* Signals are the host program's business: the team's threads are born with all of them blocked. */
static int32_t start_workers(struct team *team) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int32_t started = 0;
  while (started < team->workers && pthread_create(&team->threads[started], NULL, worker_main, team) == 0)
    ++started;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

static void free_team(struct team *team) {
  ninc_origin_forget(&team->origin);
  free(team);
}

static ninc_executor *refuse(int *status, int why) {
  if (status) *status = why;
  return NULL;
}

ninc_executor *ninc_team_create(int32_t threads, int *status) {
  if (threads < 1 || threads > most_threads) return refuse(status, NINC_ERROR_THREADS);
  struct team *team = malloc(sizeof *team + (size_t)(threads - 1) * sizeof team->threads[0]);
  if (!team) return refuse(status, NINC_ERROR_MEMORY);

  team->executor = (ninc_executor){team_parallel_for, team, threads, NULL};
  team->workers = threads - 1;
  ninc_origin_remember(&team->origin);
  atomic_init(&team->task, NULL);
  atomic_init(&team->closure, NULL);
  atomic_init(&team->count, 0);
  atomic_init(&team->ticket, UINT64_C(1) << 32);
  atomic_init(&team->finished, 0);
  atomic_init(&team->caller_sleeps, 0);
  atomic_init(&team->error, 0);
  atomic_init(&team->announced, 0);
  atomic_init(&team->sleepers, 0);
  atomic_init(&team->ending, 0);
  atomic_flag_clear(&team->busy);

  const int32_t started = start_workers(team);
  if (started < team->workers) {
    end_workers(team, started);
    free_team(team);
    return refuse(status, NINC_ERROR_THREADS);
  }
  if (status) *status = NINC_OK;
  return &team->executor;
}

void ninc_team_destroy(ninc_executor *executor) {
  if (!executor) return;
  struct team *team = executor->self;
  if (ninc_origin_is_here(&team->origin)) end_workers(team, team->workers);
  free_team(team);
}
