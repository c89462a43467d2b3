/* The dynamic section: where the tables are, and what a library would need beside itself. */
#include "tuner/runner/loading.h"

#include <string.h>

#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#define DT_RELRENT 37
#endif

/* What is taken as it is. */
static const struct taken {
  Elf64_Sxword tag;
  size_t field; /* a uint64_t of struct load */
} taken[] = {
    {DT_STRTAB, offsetof(struct load, strings)},
    {DT_STRSZ, offsetof(struct load, strings_bytes)},
    {DT_SYMTAB, offsetof(struct load, symbols)},
    {DT_HASH, offsetof(struct load, hash)},
    {DT_GNU_HASH, offsetof(struct load, gnu_hash)},
    {DT_RELA, offsetof(struct load, rela)},
    {DT_RELASZ, offsetof(struct load, rela_bytes)},
    {DT_JMPREL, offsetof(struct load, jmprel)},
    {DT_PLTRELSZ, offsetof(struct load, jmprel_bytes)},
    {DT_RELR, offsetof(struct load, relr)},
    {DT_RELRSZ, offsetof(struct load, relr_bytes)},
    {DT_INIT, offsetof(struct load, init)},
    {DT_INIT_ARRAY, offsetof(struct load, init_array)},
    {DT_INIT_ARRAYSZ, offsetof(struct load, init_array_bytes)},
};

static bool take_dynamic(struct load *load, const Elf64_Dyn *entry) {
  const uint64_t value = entry->d_un.d_val;
  for (size_t i = 0; i < sizeof taken / sizeof *taken; ++i)
    if (taken[i].tag == entry->d_tag) memcpy((char *)load + taken[i].field, &value, sizeof value);
  switch (entry->d_tag) {
  case DT_SYMENT:
    return value == sizeof(Elf64_Sym) || damaged(load, "size of a symbol");
  case DT_RELAENT:
    return value == sizeof(Elf64_Rela) || damaged(load, "size of a relocation");
  case DT_RELRENT:
    return value == sizeof(uint64_t) || damaged(load, "size of a relocation");
  case DT_PLTREL:
    return value == DT_RELA || REFUSE(load, "%s", "its relocations have no addends");
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

bool read_dynamic(struct load *load) {
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
