/* The message is a sequence of 64-bit words in the machine's own order: a header, the detail, errors, times,
 * and with counters for each candidate the number of its kernels and their nanoseconds. */
#include "tuner/runner/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t signature = UINT64_C(0x315252434e494e);

struct header {
  uint64_t signature;
  uint64_t words; /* of the whole message */
  int64_t outcome, candidate, n_checked, rounds, has_counters;
};

enum {
  WORD = sizeof(uint64_t),
  HEADER_WORDS = sizeof(struct header) / WORD,
  DETAIL_WORDS = DETAIL_BYTES / WORD
};

static bool write_all(int pipe, const void *bytes, size_t n_bytes) {
  const unsigned char *next = bytes;
  while (n_bytes > 0) {
    const ssize_t written = write(pipe, next, n_bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    next += written;
    n_bytes -= (size_t)written;
  }
  return true;
}

bool results_send(int pipe, const struct results *results) {
  const size_t n = (size_t)results->n_candidates, rounds = (size_t)results->rounds;
  const size_t n_errors = (size_t)results->n_checked * (size_t)results->n_outputs;
  const bool has_counters = results->n_kernels && rounds > 0;
  size_t words = HEADER_WORDS + DETAIL_WORDS + n_errors + n * rounds;
  for (size_t i = 0; has_counters && i < n; ++i)
    words += 1 + rounds * (size_t)results->n_kernels[i];
  const struct header header = {
      signature,       words,       results->verdict.outcome, results->verdict.candidate, results->n_checked,
      results->rounds, has_counters};
  if (!write_all(pipe, &header, sizeof header) || !write_all(pipe, results->verdict.detail, DETAIL_BYTES) ||
      !write_all(pipe, results->errors, n_errors * WORD) ||
      !write_all(pipe, results->times_ns, n * rounds * WORD))
    return false;
  for (size_t i = 0; has_counters && i < n; ++i) {
    const uint64_t n_kernels = (uint64_t)results->n_kernels[i];
    if (!write_all(pipe, &n_kernels, WORD) ||
        !write_all(pipe, results->kernel_ns[i], rounds * n_kernels * WORD))
      return false;
  }
  return true;
}

/* The next `count` words, or NULL if there aren't so many. */
struct reader {
  const unsigned char *next;
  size_t words;
};

static const void *take(struct reader *reader, uint64_t count) {
  if (count > reader->words) return NULL;
  const void *taken = reader->next;
  reader->next += count * WORD;
  reader->words -= count;
  return taken;
}

static bool read_counters(struct reader *reader, struct results *results) {
  const size_t n = (size_t)results->n_candidates;
  results->n_kernels = calloc(n, sizeof *results->n_kernels);
  results->kernel_ns = calloc(n, sizeof *results->kernel_ns);
  if (!results->n_kernels || !results->kernel_ns) return false;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t *n_kernels = take(reader, 1);
    if (!n_kernels || *n_kernels > INT32_MAX) return false;
    results->n_kernels[i] = (int32_t)*n_kernels;
    results->kernel_ns[i] = (uint64_t *)take(reader, *n_kernels * (uint64_t)results->rounds);
    if (!results->kernel_ns[i]) return false;
  }
  return true;
}

bool results_read(const unsigned char *bytes, size_t n_bytes, struct results *results) {
  struct reader reader = {bytes, n_bytes / WORD};
  const struct header *header = take(&reader, HEADER_WORDS);
  if (!header || header->signature != signature || header->words * WORD != n_bytes || header->outcome < 0 ||
      header->outcome >= OUTCOMES || header->candidate < -1 || header->candidate >= results->n_candidates ||
      header->n_checked < 0 || header->n_checked > results->n_candidates || header->rounds < 0 ||
      header->rounds > INT32_MAX)
    return false;
  const char *detail = take(&reader, DETAIL_WORDS);
  if (!detail || detail[DETAIL_BYTES - 1] != '\0') return false;
  results->verdict.outcome = (enum outcome)header->outcome;
  results->verdict.candidate = (int32_t)header->candidate;
  memcpy(results->verdict.detail, detail, DETAIL_BYTES);
  results->n_checked = (int32_t)header->n_checked;
  results->rounds = (int32_t)header->rounds;
  results->errors = (double *)take(&reader, (uint64_t)results->n_checked * (uint64_t)results->n_outputs);
  results->times_ns = (uint64_t *)take(&reader, (uint64_t)results->n_candidates * (uint64_t)results->rounds);
  if (!results->errors || !results->times_ns) return false;
  return !header->has_counters || read_counters(&reader, results);
}

void results_free(struct results *results) {
  free(results->n_kernels);
  free(results->kernel_ns);
  results->n_kernels = NULL;
  results->kernel_ns = NULL;
}
