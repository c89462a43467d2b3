#define _GNU_SOURCE
#include "tuner/runner/buffers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATTERN = 0xA5, GUARD_BYTES = 1 << 18 /* a multiple of any page, and more than a row of most maps */ };

static size_t page_bytes(void) {
  return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t bytes, size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

/* Addresses that nobody may touch. */
static unsigned char *reserve(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static bool map_open_file(int descriptor, struct file_bytes *file, struct verdict *verdict) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return refuse_errno(verdict, errno, "can't read '%s'", file->path);
  if (!S_ISREG(status.st_mode)) return refuse(verdict, OUTCOME_FAILED, "'%s' is no file", file->path);
  if (status.st_size == 0) return refuse(verdict, OUTCOME_FAILED, "'%s' is empty", file->path);
  const size_t page = page_bytes();
  file->bytes = (size_t)status.st_size;
  unsigned char *memory = reserve(GUARD_BYTES + round_up(file->bytes, page) + GUARD_BYTES);
  if (!memory || mmap(memory + GUARD_BYTES, file->bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE,
                      descriptor, 0) == MAP_FAILED)
    return refuse_errno(verdict, errno, "can't map '%s'", file->path);
  file->data = memory + GUARD_BYTES;
  return true;
}

bool map_file(const char *path, struct file_bytes *file, struct verdict *verdict) {
  *file = (struct file_bytes){.path = path};
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return refuse_errno(verdict, errno, "can't open '%s'", path);
  const bool mapped = map_open_file(descriptor, file, verdict);
  close(descriptor);
  return mapped;
}

bool make_guarded(const char *what, size_t bytes, size_t alignment, struct guarded *buffer,
                  struct verdict *verdict) {
  const size_t page = page_bytes();
  const size_t coarse = alignment > page ? alignment : page;
  const size_t rounded = round_up(bytes, alignment);
  const size_t reserved = GUARD_BYTES + round_up(rounded, page) + coarse + GUARD_BYTES;
  unsigned char *memory = reserve(reserved);
  if (!memory) return refuse_errno(verdict, errno, "no room for %s of %zu bytes", what, bytes);
  unsigned char *const last = memory + reserved - GUARD_BYTES;
  buffer->end = last - (uintptr_t)last % coarse;
  buffer->data = buffer->end - rounded;
  buffer->first = buffer->data - (uintptr_t)buffer->data % page;
  buffer->bytes = bytes;
  const size_t accessible = (size_t)(buffer->end - buffer->first);
  if (accessible > 0 && mprotect(buffer->first, accessible, PROT_READ | PROT_WRITE) != 0)
    return refuse_errno(verdict, errno, "no room for %s of %zu bytes", what, bytes);
  memset(buffer->first, PATTERN, (size_t)(buffer->data - buffer->first));
  memset(buffer->data + bytes, PATTERN, rounded - bytes);
  return true;
}

static bool is_pattern(const unsigned char *from, const unsigned char *end) {
  while (from < end)
    if (*from++ != PATTERN) return false;
  return true;
}

bool intact_before(const struct guarded *buffer) {
  return is_pattern(buffer->first, buffer->data);
}

bool intact_behind(const struct guarded *buffer) {
  return is_pattern(buffer->data + buffer->bytes, buffer->end);
}
