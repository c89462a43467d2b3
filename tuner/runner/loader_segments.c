/* From a file's headers to segments in memory. */
#define _GNU_SOURCE
#include "tuner/runner/loading.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { THIS_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { THIS_MACHINE = EM_AARCH64 };
#endif

/* More than any model has, and little enough for sums of such numbers never to overflow. */
static const uint64_t largest = UINT64_C(1) << 40;

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

static bool read_tables(struct load *load) {
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

bool read_headers(struct load *load) {
  return read_tables(load) && check_headers(load);
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

bool map_segments(struct load *load) {
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

bool protect_segments(struct load *load) {
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
