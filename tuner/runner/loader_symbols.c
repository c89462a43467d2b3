/* Symbols: what a library imports, and the one that it is opened by. */
#define _GNU_SOURCE
#include "tuner/runner/loading.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "runtime/ninc_model.h"

void (*library_malloc_failed)(size_t bytes);

static void *malloc_for_library(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory && library_malloc_failed) library_malloc_failed(bytes);
  return memory;
}

/* What a model may import: `allowedUndefined` in codegen/library/Link.cpp, no more and no less. */
static const struct import {
  const char *name;
  void (*function)(void);
} imports[] = {
#define IMPORT(name, function)                                                                               \
  { name, (void (*)(void))(uintptr_t)(function) }
    IMPORT("clock_gettime", clock_gettime),
    IMPORT("free", free),
    IMPORT("getauxval", getauxval),
    IMPORT("getenv", getenv),
    IMPORT("malloc", malloc_for_library),
    IMPORT("memcpy", memcpy),
    IMPORT("memmove", memmove),
    IMPORT("memset", memset),
    IMPORT("memcmp", memcmp),
    IMPORT("pthread_create", pthread_create),
    IMPORT("pthread_join", pthread_join),
    IMPORT("pthread_sigmask", pthread_sigmask),
    IMPORT("sigfillset", sigfillset),
    IMPORT("strcmp", strcmp),
    IMPORT("syscall", syscall),
#undef IMPORT
};

/* Symbol `index` and its name. */
static bool symbol_at(struct load *load, uint64_t index, Elf64_Sym *symbol, const char **name) {
  if (index > UINT32_MAX) return damaged(load, "a symbol");
  const unsigned char *entry = at(load->library, load->symbols + index * sizeof *symbol, sizeof *symbol);
  if (!entry) return damaged(load, "a symbol");
  memcpy(symbol, entry, sizeof *symbol);
  if (symbol->st_name >= load->strings_bytes) return damaged(load, "a symbol's name");
  *name = (const char *)load->library->base + load->strings + symbol->st_name;
  return true;
}

static bool is_weak(const Elf64_Sym *symbol) {
  return ELF64_ST_BIND(symbol->st_info) == STB_WEAK;
}

static bool import(struct load *load, const Elf64_Sym *symbol, const char *name, uint64_t *value) {
  for (size_t i = 0; i < sizeof imports / sizeof *imports; ++i)
    if (strcmp(name, imports[i].name) == 0) {
      *value = (uint64_t)(uintptr_t)imports[i].function;
      return true;
    }
  *value = 0;
  return is_weak(symbol) || REFUSE(load, "it asks for '%.200s', which no model does", name);
}

bool resolve(struct load *load, uint64_t index, uint64_t *value) {
  *value = 0;
  if (index == STN_UNDEF) return true;
  Elf64_Sym symbol;
  const char *name;
  if (!symbol_at(load, index, &symbol, &name)) return false;
  if (symbol.st_shndx == SHN_UNDEF) return import(load, &symbol, name, value);
  const int type = ELF64_ST_TYPE(symbol.st_info);
  if (type == STT_TLS || type == STT_GNU_IFUNC || symbol.st_shndx == SHN_ABS)
    return REFUSE(load, "its symbol '%.200s' is of a kind that no model has", name);
  if (!at(load->library, symbol.st_value, 0)) return damaged(load, "a symbol's address");
  *value = (uint64_t)(uintptr_t)load->library->base + symbol.st_value;
  return true;
}

static uint32_t u32(const unsigned char *at_least_4_bytes) {
  uint32_t word;
  memcpy(&word, at_least_4_bytes, sizeof word);
  return word;
}

/* How many symbols the table has, which only a hash table tells: the older kind has a chain for each, the
 * newer's chains end behind the last one. */
static bool count_symbols(struct load *load, uint64_t *count) {
  const struct library *library = load->library;
  if (load->hash) {
    const unsigned char *table = at(library, load->hash, 8);
    if (!table) return damaged(load, "table of symbols");
    *count = u32(table + 4);
    return true;
  }
  if (!load->gnu_hash) return REFUSE(load, "%s", "it has no table of symbols");
  const unsigned char *table = at(library, load->gnu_hash, 16);
  if (!table) return damaged(load, "table of symbols");
  const uint64_t n_buckets = u32(table), first = u32(table + 4), bloom_words = u32(table + 8);
  const uint64_t buckets = load->gnu_hash + 16 + bloom_words * 8;
  const unsigned char *bucket = at(library, buckets, n_buckets * 4);
  if (!bucket) return damaged(load, "table of symbols");
  uint64_t last = 0;
  for (uint64_t i = 0; i < n_buckets; ++i)
    if (u32(bucket + i * 4) > last) last = u32(bucket + i * 4);
  *count = first;
  if (last < first) return true; /* nothing is exported */
  for (;; ++last) {
    const unsigned char *chain = at(library, buckets + n_buckets * 4 + (last - first) * 4, 4);
    if (!chain) return damaged(load, "table of symbols");
    if (u32(chain) & 1) break;
  }
  *count = last + 1;
  return true;
}

bool find_model(struct load *load, void **model) {
  uint64_t count = 0;
  if (!count_symbols(load, &count)) return false;
  for (uint64_t i = 1; i < count; ++i) {
    Elf64_Sym symbol;
    const char *name;
    if (!symbol_at(load, i, &symbol, &name)) return false;
    if (symbol.st_shndx == SHN_UNDEF || strcmp(name, NINC_MODEL_SYMBOL) != 0) continue;
    *model = load->library->base + symbol.st_value;
    return library_runs(load->library, *model) || damaged(load, "address of " NINC_MODEL_SYMBOL);
  }
  return REFUSE(load, "%s",
                "it is a shared library, but not one that ninc made: it has no " NINC_MODEL_SYMBOL);
}
