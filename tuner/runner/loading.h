/* What the steps of a load (loader.c) share. Every number that the file gives is checked before it is used:
 * offsets against the file's size, addresses against the segments. Each step gives false, with a verdict,
 * where the file is not as ninc's linker writes it. */
#ifndef NINC_RUNNER_LOADING_H
#define NINC_RUNNER_LOADING_H

#include <elf.h>

#include "tuner/runner/loader.h"

/* One load in progress. */
struct load {
  struct library *library;
  const char *path;
  int file;
  uint64_t file_bytes, page_bytes;
  Elf64_Phdr headers[64];
  int n_headers;
  /* From the dynamic section; addresses are the file's. */
  uint64_t strings, strings_bytes, symbols, hash, gnu_hash;
  uint64_t rela, rela_bytes, jmprel, jmprel_bytes, relr, relr_bytes;
  uint64_t init, init_array, init_array_bytes;
  struct verdict *verdict;
};

#define REFUSE(load, format, ...)                                                                            \
  refuse((load)->verdict, OUTCOME_FAILED, "can't load '%s': " format, (load)->path, __VA_ARGS__)

bool damaged(struct load *load, const char *where);

/* The one that has all of [address, address + bytes) of the file; NULL if none has. */
const struct segment *segment_of(const struct library *library, uint64_t address, uint64_t bytes);

/* Where these bytes are now; NULL likewise. */
unsigned char *at(const struct library *library, uint64_t address, uint64_t bytes);

/* --- the steps, in their order --- */

/* loader_segments.c: takes the headers of a library for this CPU, with its segments; maps them, writable; and
 * at the end gives them the protection that they ask for. */
bool read_headers(struct load *load);
bool map_segments(struct load *load);
bool protect_segments(struct load *load);

/* loader_dynamic.c: takes the addresses of the tables. */
bool read_dynamic(struct load *load);

/* loader_relocations.c: makes what is mapped work at the address where it is. */
bool relocate_library(struct load *load);

/* loader_symbols.c: a symbol's value in this process, by its number; and the address of the function
 * ninc_model_v1. */
bool resolve(struct load *load, uint64_t index, uint64_t *value);
bool find_model(struct load *load, void **model);

#endif
