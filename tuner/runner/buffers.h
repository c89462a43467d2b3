/* Memory with forbidden pages around it, so that a candidate that leaves its bounds is found out. */
#ifndef NINC_RUNNER_BUFFERS_H
#define NINC_RUNNER_BUFFERS_H

#include <stddef.h>

#include "tuner/runner/outcome.h"

enum { TENSOR_ALIGNMENT = 64 };

/* A file's bytes, read-only; forbidden pages lie before them and behind their last one. */
struct file_bytes {
  const char *path;
  const unsigned char *data; /* aligned to a page */
  size_t bytes;
};

bool map_file(const char *path, struct file_bytes *file, struct verdict *verdict);

/* Writable bytes that end in front of forbidden pages, but for what the alignment leaves over. That and what
 * lies before them on their first page hold a pattern; before that page are forbidden ones again. */
struct guarded {
  unsigned char *data;
  size_t bytes;
  unsigned char *first, *end; /* the accessible memory */
};

/* `what` is for the sentence. The alignment is a power of two. Never gives a NULL address, not even for 0
 * bytes. What the bytes hold is not said. */
bool make_guarded(const char *what, size_t bytes, size_t alignment, struct guarded *buffer,
                  struct verdict *verdict);

/* Whether the pattern is whole before and behind the bytes. */
bool intact_before(const struct guarded *buffer);
bool intact_behind(const struct guarded *buffer);

#endif
