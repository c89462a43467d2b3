/* Bandwidth of reading memory, for each size of what is read over and over: small sizes show a cache's.
 *
 *   bandwidth THREADS BYTES...     bytes of each thread
 *
 * Writes bytes a second of all threads together, the best of several passes, one line a size. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PASSES = 12 };
static const int64_t bytes_a_pass = 1 << 28; /* at least: a small array is read many times */

typedef struct reader {
  pthread_barrier_t *barrier;
  uint64_t *data;
  int64_t words;
  uint64_t sum;
} reader;

static uint64_t sum_of(const uint64_t *data, int64_t words) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < words; ++i)
    sum += data[i];
  return sum;
}

static int64_t repeats_of(const reader *r) {
  const int64_t repeats = bytes_a_pass / (r->words * 8);
  return repeats > 0 ? repeats : 1;
}

static void *read_all(void *argument) {
  reader *r = argument;
  memset(r->data, 1, (size_t)r->words * 8); /* first touched where it is read */
  for (int pass = 0; pass < PASSES; ++pass) {
    pthread_barrier_wait(r->barrier);
    for (int64_t i = repeats_of(r); i-- > 0;) {
      r->sum += sum_of(r->data, r->words);
      __asm__ volatile("" ::: "memory"); /* read again each time */
    }
    pthread_barrier_wait(r->barrier);
  }
  return NULL;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double measure(int threads, int64_t bytes) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
  reader *readers = calloc((size_t)threads, sizeof *readers);
  pthread_t *handles = calloc((size_t)threads, sizeof *handles);
  for (int i = 0; i < threads; ++i) {
    readers[i] = (reader){&barrier, aligned_alloc(64, (size_t)bytes / 64 * 64), bytes / 64 * 8, 0};
    if (!readers[i].data || pthread_create(&handles[i], NULL, read_all, &readers[i]) != 0) {
      fprintf(stderr, "bandwidth: can't have %d threads with %lld bytes each\n", threads, (long long)bytes);
      exit(1);
    }
  }
  double best = 0;
  for (int pass = 0; pass < PASSES; ++pass) {
    const double start = seconds();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    const double rate =
        (double)threads * (double)repeats_of(readers) * (double)readers->words * 8 / (seconds() - start);
    if (rate > best) best = rate;
  }
  uint64_t sum = 0;
  for (int i = 0; i < threads; ++i) {
    pthread_join(handles[i], NULL);
    sum += readers[i].sum;
    free(readers[i].data);
  }
  if (sum == 1) fputs("\n", stderr); /* the sum is wanted, so the reading is */
  pthread_barrier_destroy(&barrier);
  free(readers);
  free(handles);
  return best;
}

int main(int argc, char **argv) {
  if (argc < 3 || atoi(argv[1]) < 1) return fprintf(stderr, "usage: bandwidth THREADS BYTES...\n"), 2;
  for (int i = 2; i < argc; ++i)
    printf("%.0f\n", measure(atoi(argv[1]), atoll(argv[i])));
  return 0;
}
