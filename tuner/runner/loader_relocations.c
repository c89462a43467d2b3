/* Relocations of the types that ninc's linker writes; the psABIs for x86-64 and for aarch64 number them. */
#include "tuner/runner/loading.h"

#include <string.h>
#include <sys/mman.h>

#if defined(__x86_64__)
enum {
  RELOCATION_NONE = R_X86_64_NONE,
  RELOCATION_RELATIVE = R_X86_64_RELATIVE,
  RELOCATION_WORD = R_X86_64_64,
  RELOCATION_DATA = R_X86_64_GLOB_DAT,
  RELOCATION_CALL = R_X86_64_JUMP_SLOT
};
#elif defined(__aarch64__)
enum {
  RELOCATION_NONE = R_AARCH64_NONE,
  RELOCATION_RELATIVE = R_AARCH64_RELATIVE,
  RELOCATION_WORD = R_AARCH64_ABS64,
  RELOCATION_DATA = R_AARCH64_GLOB_DAT,
  RELOCATION_CALL = R_AARCH64_JUMP_SLOT
};
#else
#error "the runner knows the relocations of x86-64 and aarch64 only"
#endif

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

bool relocate_library(struct load *load) {
  return relocate_all(load, load->rela, load->rela_bytes) && relocate_packed(load) &&
         relocate_all(load, load->jmprel, load->jmprel_bytes);
}
