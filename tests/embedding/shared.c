/* One model that many threads run at once, and processes that fork while they do.
 *
 *     shared THREADS RUNS
 *
 * Each thread runs the model RUNS times on inputs of a fixed sequence, every second thread with a team of its
 * own, and compares outputs bit by bit with those of the calling thread alone. Meanwhile the main thread,
 * which has a team too, forks: a child must compute the same with its copy of the team, and with a team of
 * its own; one that hangs is ended by its alarm. Prints what was wrong; the exit status says whether anything
 * was. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nin_digits.h"

enum { n_inputs = 16, most_threads = 64, n_forks = 20, seconds_at_most = 120 };

/* What sanitizers can't follow is left to the plain program: threads that a forked child makes. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { children_have_threads = 0 };
#else
enum { children_have_threads = 1 };
#endif

struct outputs {
  float prob[NIN_DIGITS_PROB_ELEMENTS], maps[NIN_DIGITS_MAPS_ELEMENTS];
};

static float images[n_inputs][NIN_DIGITS_IMAGE_ELEMENTS];
static struct outputs expected[n_inputs];

/* Scratch that ends where the memory does, so that a sanitizer sees who goes beyond it. */
static void *make_scratch(int threads) {
  void *scratch = NULL;
  return posix_memalign(&scratch, NIN_DIGITS_SCRATCH_ALIGNMENT, NIN_DIGITS_SCRATCH_BYTES(threads)) == 0
             ? scratch
             : NULL;
}

/* Of `runs` runs, how many gave other outputs. */
static int count_wrong(int runs, void *scratch, const ninc_executor *executor) {
  int wrong = 0;
  for (int i = 0; i < runs; ++i) {
    struct outputs outputs;
    memset(&outputs, 0xff, sizeof outputs);
    const int status = nin_digits_run(images[i % n_inputs], outputs.prob, outputs.maps, scratch, executor);
    wrong += status != NINC_OK || memcmp(&outputs, &expected[i % n_inputs], sizeof outputs) != 0;
  }
  return wrong;
}

struct thread {
  pthread_t started;
  int number, runs, wrong;
};

static void *run_many(void *argument) {
  struct thread *thread = argument;
  const int threads = 1 + thread->number % 2;
  ninc_executor *team = threads > 1 ? nin_digits_team_create(threads, NULL) : NULL;
  void *scratch = make_scratch(threads);
  thread->wrong = threads > 1 && !team ? 1 : count_wrong(thread->runs, scratch, team);
  free(scratch);
  nin_digits_team_destroy(team);
  return NULL;
}

/* In the child. */
static int wrong_after_fork(ninc_executor *copy, void *scratch) {
  alarm(seconds_at_most);
  int wrong = count_wrong(n_inputs, scratch, copy);
  nin_digits_team_destroy(copy);
  if (children_have_threads) {
    ninc_executor *own = nin_digits_team_create(2, NULL);
    wrong += !own || count_wrong(n_inputs, scratch, own) != 0;
    nin_digits_team_destroy(own);
  }
  return wrong;
}

static int fork_again_and_again(void) {
  int wrong = 0;
  ninc_executor *team = nin_digits_team_create(2, NULL);
  void *scratch = make_scratch(2);
  for (int i = 0; i < n_forks; ++i) {
    wrong += count_wrong(1, scratch, team); /* its thread is still spinning, or on its way to sleep */
    const pid_t child = fork();
    if (child == 0) _exit(wrong_after_fork(team, scratch) != 0);
    int status = -1;
    wrong += waitpid(child, &status, 0) != child || status != 0;
  }
  free(scratch);
  nin_digits_team_destroy(team);
  return wrong;
}

int main(int count, char **arguments) {
  const int threads = count == 3 ? atoi(arguments[1]) : 0, runs = count == 3 ? atoi(arguments[2]) : 0;
  if (threads < 1 || threads > most_threads || runs < 1) return 2;
  void *scratch = make_scratch(1);
  for (int i = 0; i < n_inputs; ++i) {
    for (int j = 0; j < NIN_DIGITS_IMAGE_ELEMENTS; ++j)
      images[i][j] = (float)((i * 7 + j * 3) % 17) / 16;
    if (nin_digits_run(images[i], expected[i].prob, expected[i].maps, scratch, NULL) != NINC_OK) return 1;
  }
  free(scratch);

  struct thread all[most_threads];
  for (int i = 0; i < threads; ++i) {
    all[i] = (struct thread){.number = i, .runs = runs};
    if (pthread_create(&all[i].started, NULL, run_many, &all[i]) != 0) return 1;
  }
  int wrong = fork_again_and_again();
  printf("%d forks, %d wrong\n", n_forks, wrong);
  for (int i = 0; i < threads; ++i) {
    pthread_join(all[i].started, NULL);
    wrong += all[i].wrong;
  }
  printf("%d threads of %d runs, %d wrong\n", threads, runs, wrong);
  return wrong != 0;
}
