/* A loader for the one kind of library that ninc's linker writes (codegen/library/Link.cpp): ELF for 64 bits,
 * without NEEDED libraries, thread-local storage, lazy binding or text relocations, importing a dozen
 * functions of libc. Anything else is refused with a sentence rather than guessed at.
 *
 * This file has the order of the steps (loading.h), what is asked of a library that is loaded, and its
 * constructors. System V ABI, chapters 4 and 5. */
#define _GNU_SOURCE
#include "tuner/runner/loading.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool damaged(struct load *load, const char *where) {
  return REFUSE(load, "it is truncated or damaged (%s)", where);
}

const struct segment *segment_of(const struct library *library, uint64_t address, uint64_t bytes) {
  for (int i = 0; i < library->n_segments; ++i) {
    const struct segment *segment = &library->segments[i];
    if (address >= segment->address && address - segment->address <= segment->bytes &&
        bytes <= segment->bytes - (address - segment->address))
      return segment;
  }
  return NULL;
}

unsigned char *at(const struct library *library, uint64_t address, uint64_t bytes) {
  return segment_of(library, address, bytes) ? library->base + address : NULL;
}

static uint64_t address_in_file(const struct library *library, const void *address) {
  return (uint64_t)((uintptr_t)address - (uintptr_t)library->base);
}

bool library_holds(const struct library *library, const void *address, uint64_t bytes) {
  return segment_of(library, address_in_file(library, address), bytes) != NULL;
}

bool library_runs(const struct library *library, const void *function) {
  const struct segment *segment = segment_of(library, address_in_file(library, function), 1);
  return segment && (segment->protection & PROT_EXEC);
}

const char *library_text(const struct library *library, const char *address) {
  const uint64_t in_file = address_in_file(library, address);
  const struct segment *segment = segment_of(library, in_file, 1);
  const uint64_t most = segment ? segment->bytes - (in_file - segment->address) : 0;
  return most > 0 && memchr(address, '\0', most) ? address : "?";
}

static bool call(struct load *load, const void *function) {
  if (!library_runs(load->library, function)) return damaged(load, "a constructor");
  void (*constructor)(void);
  memcpy(&constructor, &function, sizeof constructor);
  constructor();
  return true;
}

static bool run_constructors(struct load *load) {
  if (load->init && !call(load, load->library->base + load->init)) return false;
  if (load->init_array_bytes == 0) return true;
  const unsigned char *array = at(load->library, load->init_array, load->init_array_bytes);
  if (!array) return damaged(load, "constructors");
  for (uint64_t i = 0; i < load->init_array_bytes / sizeof(void *); ++i) {
    const void *function;
    memcpy(&function, array + i * sizeof function, sizeof function);
    if (!call(load, function)) return false;
  }
  return true;
}

static bool load_file(struct load *load, void **model) {
  struct stat status;
  if (fstat(load->file, &status) != 0)
    return refuse_errno(load->verdict, errno, "can't load '%s'", load->path);
  if (!S_ISREG(status.st_mode)) return REFUSE(load, "%s", "it is no file");
  load->file_bytes = (uint64_t)status.st_size;
  load->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
  return read_headers(load) && map_segments(load) && read_dynamic(load) && relocate_library(load) &&
         find_model(load, model) && protect_segments(load) && run_constructors(load);
}

bool library_load(const char *path, struct library *library, void **model, struct verdict *verdict) {
  *library = (struct library){0};
  struct load load = {.library = library, .path = path, .verdict = verdict};
  load.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* or a FIFO waits for a writer */
  if (load.file < 0) return refuse_errno(verdict, errno, "can't open '%s'", path);
  const bool loaded = load_file(&load, model);
  close(load.file);
  return loaded;
}
