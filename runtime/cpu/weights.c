#define _GNU_SOURCE
#include "runtime/cpu/weights.h"

#ifndef NINC_FREESTANDING
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

const void *ninc_external_weights;

/* The whole file, if it is this that has mapped it. */
static void *mapped;
static size_t mapped_bytes;

static void unmap(void) {
#ifndef NINC_FREESTANDING
  if (mapped) munmap(mapped, mapped_bytes);
#endif
  mapped = NULL;
  mapped_bytes = 0;
}

static int has_magic(const char *magic) {
  for (int i = 0; i < 8; ++i)
    if (magic[i] != NINC_WEIGHT_FILE_MAGIC[i]) return 0;
  return 1;
}

static int is_right(const ninc_model *model, const void *file, int64_t bytes, int check) {
  struct ninc_weight_file_header header;
  if (bytes != NINC_WEIGHT_FILE_HEADER + model->external_weight_bytes) return 0;
  __builtin_memcpy(&header, file, sizeof header);
  if (!has_magic(header.magic) || header.bytes != model->external_weight_bytes ||
      header.hash != model->external_weight_hash)
    return 0;
  return !check ||
         ninc_weight_hash((const char *)file + NINC_WEIGHT_FILE_HEADER, header.bytes) == header.hash;
}

int ninc_use_weights(const ninc_model *model, const void *file, int64_t bytes, int check) {
  if (!file) return NINC_ERROR_NULL_ARGUMENT;
  if ((uintptr_t)file % 64 != 0) return NINC_ERROR_MISALIGNED;
  if (!is_right(model, file, bytes, check)) return NINC_ERROR_WEIGHTS;
  ninc_close_weights(model);
  ninc_external_weights = (const unsigned char *)file + NINC_WEIGHT_FILE_HEADER;
  return NINC_OK;
}

#ifndef NINC_FREESTANDING

/* Without fstat, whose symbol has another name in older C libraries. */
static void *map(const char *name, size_t *bytes) {
  const int file = open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  const off_t end = lseek(file, 0, SEEK_END);
  void *memory = MAP_FAILED;
  if (end > 0) memory = mmap(NULL, (size_t)end, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return NULL;
  *bytes = (size_t)end;
  return memory;
}

int ninc_open_weights(const ninc_model *model, const char *name, int check) {
  if (!name) return NINC_ERROR_NULL_ARGUMENT;
  size_t bytes = 0;
  void *const file = map(name, &bytes);
  if (!file) return NINC_ERROR_WEIGHTS;
  const int status = ninc_use_weights(model, file, (int64_t)bytes, check);
  if (status != NINC_OK) {
    munmap(file, bytes);
    return status;
  }
  mapped = file;
  mapped_bytes = bytes;
  return NINC_OK;
}

#endif

void ninc_close_weights(const ninc_model *model) {
  (void)model;
  ninc_external_weights = NULL;
  unmap();
}
