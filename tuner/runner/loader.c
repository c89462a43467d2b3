/* A loader for the one kind of library that ninc's linker writes (codegen/library/Link.cpp): ELF for 64 bits,
 * without NEEDED libraries, thread-local storage, lazy binding or text relocations, importing a dozen
 * functions of libc. Anything else is refused with a sentence rather than guessed at.
 *
 * Every number that the file gives is checked before it is used: offsets against the file's size, addresses
 * against the segments. System V ABI, chapters 4 and 5; the relocation types are those of the psABIs for
 * x86-64 and for aarch64. */
#define _GNU_SOURCE
#include "tuner/runner/loader.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/ninc_model.h"

#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#define DT_RELRENT 37
#endif

#if defined(__x86_64__)
enum {
  THIS_MACHINE = EM_X86_64,
  RELOCATION_NONE = R_X86_64_NONE,
  RELOCATION_RELATIVE = R_X86_64_RELATIVE,
  RELOCATION_WORD = R_X86_64_64,
  RELOCATION_DATA = R_X86_64_GLOB_DAT,
  RELOCATION_CALL = R_X86_64_JUMP_SLOT
};
#elif defined(__aarch64__)
enum {
  THIS_MACHINE = EM_AARCH64,
  RELOCATION_NONE = R_AARCH64_NONE,
  RELOCATION_RELATIVE = R_AARCH64_RELATIVE,
  RELOCATION_WORD = R_AARCH64_ABS64,
  RELOCATION_DATA = R_AARCH64_GLOB_DAT,
  RELOCATION_CALL = R_AARCH64_JUMP_SLOT
};
#else
#error "the runner knows the relocations of x86-64 and aarch64 only"
#endif

/* More than any model has, and little enough for sums of such numbers never to overflow. */
static const uint64_t largest = UINT64_C(1) << 40;

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

static bool damaged(struct load *load, const char *where) {
  return REFUSE(load, "it is truncated or damaged (%s)", where);
}

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
    IMPORT("malloc", malloc_for_library),
    IMPORT("memcpy", memcpy),
    IMPORT("memmove", memmove),
    IMPORT("memset", memset),
    IMPORT("memcmp", memcmp),
    IMPORT("pthread_create", pthread_create),
    IMPORT("pthread_join", pthread_join),
    IMPORT("pthread_sigmask", pthread_sigmask),
    IMPORT("sigfillset", sigfillset),
    IMPORT("syscall", syscall),
#undef IMPORT
};

static const struct segment *segment_of(const struct library *library, uint64_t address, uint64_t bytes) {
  for (int i = 0; i < library->n_segments; ++i) {
    const struct segment *segment = &library->segments[i];
    if (address >= segment->address && address - segment->address <= segment->bytes &&
        bytes <= segment->bytes - (address - segment->address))
      return segment;
  }
  return NULL;
}

/* Where [address, address + bytes) of the file is now; NULL if no segment has all of it. */
static unsigned char *at(const struct library *library, uint64_t address, uint64_t bytes) {
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

static uint64_t page_down(const struct load *load, uint64_t address) {
  return address & ~(load->page_bytes - 1);
}
static uint64_t page_up(const struct load *load, uint64_t address) {
  return page_down(load, address + load->page_bytes - 1);
}

/* --- headers --- */

static bool read_at(struct load *load, uint64_t offset, void *into, size_t bytes) {
  if (offset > load->file_bytes || bytes > load->file_bytes - offset) return false;
  for (size_t done = 0; done < bytes;) {
    const ssize_t got = pread(load->file, (char *)into + done, bytes - done, (off_t)(offset + done));
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return true;
}

static bool read_headers(struct load *load) {
  Elf64_Ehdr header;
  if (!read_at(load, 0, &header, sizeof header)) return REFUSE(load, "%s", "it is no ELF file");
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return REFUSE(load, "%s", "it is no ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    return REFUSE(load, "%s", "it is no ELF file for a 64-bit little-endian CPU");
  if (header.e_machine != THIS_MACHINE)
    return REFUSE(load, "it was made for another CPU (ELF machine %d, this runner's is %d)", header.e_machine,
                  THIS_MACHINE);
  if (header.e_type != ET_DYN) return REFUSE(load, "%s", "it is no shared library");
  /* The section table isn't needed, but linkers write it last: a file that lacks it was cut off. */
  const uint64_t sections_bytes = (uint64_t)header.e_shnum * header.e_shentsize;
  if (header.e_shoff > load->file_bytes || sections_bytes > load->file_bytes - header.e_shoff)
    return damaged(load, "section table");
  /* Behind it ninc leaves a seal (support/Seal.h). Damage to the rest costs no more than this process. */
  const uint64_t seal_bytes = 24, behind = load->file_bytes - header.e_shoff - sections_bytes;
  if (behind > 0 && behind < seal_bytes) return damaged(load, "seal");
  const size_t most = sizeof load->headers / sizeof *load->headers;
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > most)
    return damaged(load, "program headers");
  load->n_headers = header.e_phnum;
  if (!read_at(load, header.e_phoff, load->headers, (size_t)load->n_headers * sizeof(Elf64_Phdr)))
    return damaged(load, "program headers");
  return true;
}

static int protection_of(Elf64_Word flags) {
  return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

/* Takes a PT_LOAD into the library's segments, which lie in order and share no page. */
static bool add_segment(struct load *load, const Elf64_Phdr *header) {
  struct library *library = load->library;
  if (header->p_memsz == 0) return true;
  if (header->p_filesz > header->p_memsz || header->p_memsz > largest || header->p_vaddr > largest ||
      header->p_offset > load->file_bytes || header->p_filesz > load->file_bytes - header->p_offset)
    return damaged(load, "a segment");
  if (header->p_filesz > 0 && (header->p_vaddr ^ header->p_offset) % load->page_bytes != 0)
    return REFUSE(load, "its segments don't fit pages of %llu bytes", (unsigned long long)load->page_bytes);
  if ((header->p_flags & PF_W) && (header->p_flags & PF_X))
    return REFUSE(load, "%s", "it has a segment that is both writable and executable");
  if (library->n_segments == MOST_SEGMENTS) return REFUSE(load, "%s", "it has too many segments");
  if (library->n_segments > 0) {
    const struct segment *before = &library->segments[library->n_segments - 1];
    if (page_down(load, header->p_vaddr) < page_up(load, before->address + before->bytes))
      return REFUSE(load, "%s", "its segments overlap or share a page");
  }
  library->segments[library->n_segments++] =
      (struct segment){header->p_vaddr, header->p_memsz, protection_of(header->p_flags)};
  return true;
}

static bool check_headers(struct load *load) {
  for (int i = 0; i < load->n_headers; ++i) {
    const Elf64_Phdr *header = &load->headers[i];
    if (header->p_type == PT_LOAD && !add_segment(load, header)) return false;
    if (header->p_type == PT_TLS && header->p_memsz > 0)
      return REFUSE(load, "%s", "it has thread-local storage");
    if (header->p_type == PT_GNU_STACK && (header->p_flags & PF_X))
      return REFUSE(load, "%s", "it wants an executable stack");
  }
  return load->library->n_segments > 0 || damaged(load, "no segments");
}

/* --- memory --- */

/* Fills the pages of one segment; for now all of them are writable. */
static bool map_segment(struct load *load, const Elf64_Phdr *header) {
  unsigned char *const base = load->library->base;
  const int writable = PROT_READ | PROT_WRITE;
  const uint64_t begin = page_down(load, header->p_vaddr);
  const uint64_t file_end = header->p_vaddr + header->p_filesz;
  const uint64_t end = page_up(load, header->p_vaddr + header->p_memsz);
  const uint64_t file_pages_end = header->p_filesz > 0 ? page_up(load, file_end) : begin;
  if (header->p_filesz > 0 && mmap(base + begin, file_pages_end - begin, writable, MAP_PRIVATE | MAP_FIXED,
                                   load->file, (off_t)page_down(load, header->p_offset)) == MAP_FAILED)
    return refuse_errno(load->verdict, errno, "can't load '%s'", load->path);
  if (end > file_pages_end && mmap(base + file_pages_end, end - file_pages_end, writable,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
    return refuse_errno(load->verdict, errno, "can't load '%s'", load->path);
  /* The last page of the file's part goes on with what follows in the file. */
  if (header->p_memsz > header->p_filesz && file_pages_end > file_end && header->p_filesz > 0)
    memset(base + file_end, 0, file_pages_end - file_end);
  return true;
}

static bool map_segments(struct load *load) {
  struct library *library = load->library;
  const struct segment *last = &library->segments[library->n_segments - 1];
  const uint64_t begin = page_down(load, library->segments[0].address);
  const uint64_t bytes = page_up(load, last->address + last->bytes) - begin;
  void *memory = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return refuse_errno(load->verdict, errno, "can't load '%s'", load->path);
  library->base = (unsigned char *)memory - begin;
  for (int i = 0; i < load->n_headers; ++i)
    if (load->headers[i].p_type == PT_LOAD && load->headers[i].p_memsz > 0 &&
        !map_segment(load, &load->headers[i]))
      return false;
  return true;
}

static bool protect_segments(struct load *load) {
  const struct library *library = load->library;
  for (int i = 0; i < library->n_segments; ++i) {
    const struct segment *segment = &library->segments[i];
    char *const begin = (char *)library->base + segment->address;
    if (segment->protection & PROT_EXEC) __builtin___clear_cache(begin, begin + segment->bytes);
    const uint64_t first = page_down(load, segment->address);
    const uint64_t end = page_up(load, segment->address + segment->bytes);
    if (mprotect(library->base + first, end - first, segment->protection) != 0)
      return refuse_errno(load->verdict, errno, "can't load '%s'", load->path);
  }
  for (int i = 0; i < load->n_headers; ++i) {
    const Elf64_Phdr *header = &load->headers[i];
    if (header->p_type != PT_GNU_RELRO || header->p_memsz == 0) continue;
    if (!at(library, header->p_vaddr, header->p_memsz)) return damaged(load, "read-only data");
    const uint64_t first = page_down(load, header->p_vaddr);
    const uint64_t end = page_down(load, header->p_vaddr + header->p_memsz);
    if (end > first && mprotect(library->base + first, end - first, PROT_READ) != 0)
      return refuse_errno(load->verdict, errno, "can't load '%s'", load->path);
  }
  return true;
}

/* --- dynamic section --- */

static bool take_dynamic(struct load *load, const Elf64_Dyn *entry) {
  const uint64_t value = entry->d_un.d_val;
  switch (entry->d_tag) {
  case DT_STRTAB:
    load->strings = value;
    return true;
  case DT_STRSZ:
    load->strings_bytes = value;
    return true;
  case DT_SYMTAB:
    load->symbols = value;
    return true;
  case DT_SYMENT:
    return value == sizeof(Elf64_Sym) || damaged(load, "size of a symbol");
  case DT_HASH:
    load->hash = value;
    return true;
  case DT_GNU_HASH:
    load->gnu_hash = value;
    return true;
  case DT_RELA:
    load->rela = value;
    return true;
  case DT_RELASZ:
    load->rela_bytes = value;
    return true;
  case DT_RELAENT:
    return value == sizeof(Elf64_Rela) || damaged(load, "size of a relocation");
  case DT_JMPREL:
    load->jmprel = value;
    return true;
  case DT_PLTRELSZ:
    load->jmprel_bytes = value;
    return true;
  case DT_PLTREL:
    return value == DT_RELA || REFUSE(load, "%s", "its relocations have no addends");
  case DT_RELR:
    load->relr = value;
    return true;
  case DT_RELRSZ:
    load->relr_bytes = value;
    return true;
  case DT_RELRENT:
    return value == sizeof(uint64_t) || damaged(load, "size of a relocation");
  case DT_INIT:
    load->init = value;
    return true;
  case DT_INIT_ARRAY:
    load->init_array = value;
    return true;
  case DT_INIT_ARRAYSZ:
    load->init_array_bytes = value;
    return true;
  case DT_NEEDED:
    return REFUSE(load, "%s", "it needs another library, which no model does");
  case DT_REL:
    return REFUSE(load, "%s", "its relocations have no addends");
  case DT_TEXTREL:
    return REFUSE(load, "%s", "its code would have to be relocated");
  case DT_FLAGS:
    return !(value & (DF_TEXTREL | DF_STATIC_TLS)) ||
           REFUSE(load, "%s", "its code would have to be relocated, or it has thread-local storage");
  default: /* versions, counts, what debuggers want */
    return true;
  }
}

static bool read_dynamic(struct load *load) {
  const Elf64_Phdr *header = NULL;
  for (int i = 0; i < load->n_headers; ++i)
    if (load->headers[i].p_type == PT_DYNAMIC) header = &load->headers[i];
  if (!header) return REFUSE(load, "%s", "it has no dynamic section");
  const unsigned char *section = at(load->library, header->p_vaddr, header->p_memsz);
  if (!section) return damaged(load, "dynamic section");
  for (uint64_t i = 0; i < header->p_memsz / sizeof(Elf64_Dyn); ++i) {
    Elf64_Dyn entry;
    memcpy(&entry, section + i * sizeof entry, sizeof entry);
    if (entry.d_tag == DT_NULL) break;
    if (!take_dynamic(load, &entry)) return false;
  }
  const unsigned char *strings = at(load->library, load->strings, load->strings_bytes);
  if (!strings || load->strings_bytes == 0 || strings[load->strings_bytes - 1] != '\0')
    return damaged(load, "names of symbols");
  return true;
}

/* --- symbols --- */

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

/* A symbol's value in this process. */
static bool resolve(struct load *load, uint64_t index, uint64_t *value) {
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

static bool find_model(struct load *load, void **model) {
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

/* --- relocations --- */

/* The eight bytes to be relocated; NULL, with a verdict, where nothing may be written. */
static unsigned char *relocated_word(struct load *load, uint64_t address) {
  const struct segment *segment = segment_of(load->library, address, sizeof(uint64_t));
  if (segment && (segment->protection & PROT_WRITE)) return load->library->base + address;
  damaged(load, "place of a relocation");
  return NULL;
}

static bool relocate(struct load *load, const Elf64_Rela *relocation) {
  const uint64_t type = ELF64_R_TYPE(relocation->r_info);
  if (type == RELOCATION_NONE) return true;
  unsigned char *const word = relocated_word(load, relocation->r_offset);
  if (!word) return false;
  uint64_t value = 0;
  if (type == RELOCATION_RELATIVE)
    value = (uint64_t)(uintptr_t)load->library->base;
  else if (type != RELOCATION_WORD && type != RELOCATION_DATA && type != RELOCATION_CALL)
    return REFUSE(load, "it has a relocation of type %llu, which no model has", (unsigned long long)type);
  else if (!resolve(load, ELF64_R_SYM(relocation->r_info), &value))
    return false;
  value += (uint64_t)relocation->r_addend;
  memcpy(word, &value, sizeof value);
  return true;
}

static bool relocate_all(struct load *load, uint64_t table, uint64_t bytes) {
  if (bytes == 0) return true;
  const unsigned char *entries = at(load->library, table, bytes);
  if (!entries || bytes % sizeof(Elf64_Rela) != 0) return damaged(load, "relocations");
  for (uint64_t i = 0; i < bytes / sizeof(Elf64_Rela); ++i) {
    Elf64_Rela relocation;
    memcpy(&relocation, entries + i * sizeof relocation, sizeof relocation);
    if (!relocate(load, &relocation)) return false;
  }
  return true;
}

static bool add_base(struct load *load, uint64_t address) {
  unsigned char *const word = relocated_word(load, address);
  if (!word) return false;
  uint64_t value;
  memcpy(&value, word, sizeof value);
  value += (uint64_t)(uintptr_t)load->library->base;
  memcpy(word, &value, sizeof value);
  return true;
}

/* Relative relocations as bits: an even entry is the address of a word, an odd one says which of the 63 words
 * behind the last one follow. */
static bool relocate_packed(struct load *load) {
  if (load->relr_bytes == 0) return true;
  const unsigned char *entries = at(load->library, load->relr, load->relr_bytes);
  if (!entries || load->relr_bytes % 8 != 0) return damaged(load, "relocations");
  uint64_t next = 0;
  for (uint64_t i = 0; i < load->relr_bytes / 8; ++i) {
    uint64_t entry;
    memcpy(&entry, entries + i * 8, sizeof entry);
    if (entry % 2 == 0) {
      if (!add_base(load, entry)) return false;
      next = entry + 8;
      continue;
    }
    for (uint64_t bit = 1; bit < 64; ++bit)
      if ((entry >> bit & 1) && !add_base(load, next + (bit - 1) * 8)) return false;
    next += UINT64_C(63) * 8;
  }
  return true;
}

/* --- constructors --- */

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
  return read_headers(load) && check_headers(load) && map_segments(load) && read_dynamic(load) &&
         relocate_all(load, load->rela, load->rela_bytes) && relocate_packed(load) &&
         relocate_all(load, load->jmprel, load->jmprel_bytes) && find_model(load, model) &&
         protect_segments(load) && run_constructors(load);
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
