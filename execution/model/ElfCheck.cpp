#include "execution/model/ElfCheck.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "execution/model/ElfFile.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

std::string machineName(unsigned machine) {
  switch (machine) {
  case EM_X86_64:
    return "x86-64";
  case EM_AARCH64:
    return "aarch64";
  case EM_386:
    return "32-bit x86";
  case EM_ARM:
    return "32-bit Arm";
  case EM_RISCV:
    return "RISC-V";
  default:
    return fmt::format("machine {}", machine);
  }
}

constexpr unsigned hostMachine() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#else
  return EM_NONE;
#endif
}

// Addresses [begin, end), as the headers number them.
struct Span {
  std::uint64_t begin = 0, end = 0;
};

// Whether that is no span of addresses, since it would go round.
bool goesRound(std::uint64_t begin, std::uint64_t bytes) {
  return bytes > std::numeric_limits<std::uint64_t>::max() - begin;
}

// Linkers let what is protected reach to the end of the smallest page there is.
bool isMapped(std::span<const Span> mapped, std::uint64_t begin, std::uint64_t bytes) {
  constexpr std::uint64_t page = 4096;
  return !goesRound(begin, bytes) && std::ranges::any_of(mapped, [&](const Span &span) {
    return begin >= span.begin && begin + bytes <= roundUp(span.end, page);
  });
}

std::optional<std::vector<Elf64_Phdr>> segmentsOf(ElfFile &file, const Elf64_Ehdr &header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) return std::nullopt;
  std::vector<Elf64_Phdr> segments;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!file.holds(header.e_phoff, (i + 1) * sizeof segment) ||
        !file.read(header.e_phoff + i * sizeof segment, segment) ||
        !file.holds(segment.p_offset, segment.p_filesz))
      return std::nullopt;
    segments.push_back(segment);
  }
  return segments;
}

// The loader makes room from the first segment's beginning to the last one's end and maps each at its place,
// over whatever is there: one that lies outside of that room replaces a part of another library, which is
// noticed much later. So they must be in order and apart.
std::optional<std::vector<Span>> mappedSpans(std::span<const Elf64_Phdr> segments) {
  std::vector<Span> mapped;
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_filesz > segment.p_memsz || goesRound(segment.p_vaddr, segment.p_memsz) ||
        (!mapped.empty() && segment.p_vaddr < mapped.back().end))
      return std::nullopt;
    mapped.push_back({segment.p_vaddr, segment.p_vaddr + segment.p_memsz});
  }
  return mapped;
}

// What the loader finds by the other headers, writes to or protects is what it has mapped, and so is what the
// relocations write to, as far as the sections tell.
bool isWholeInMemory(ElfFile &file, const Elf64_Ehdr &header, std::span<const Elf64_Phdr> segments) {
  const std::optional<std::vector<Span>> mapped = mappedSpans(segments);
  if (!mapped) return false;
  for (const Elf64_Phdr &segment : segments) {
    // Of what each thread has a copy, it is the template that is mapped.
    const std::uint64_t bytes = segment.p_type == PT_TLS ? segment.p_filesz : segment.p_memsz;
    if (bytes > 0 && !isMapped(*mapped, segment.p_vaddr, bytes)) return false;
  }
  if (header.e_shnum > 0 && header.e_shentsize != sizeof(Elf64_Shdr)) return false;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    if (!file.read(header.e_shoff + i * sizeof section, section)) return false;
    const bool hasPlace = (section.sh_flags & SHF_ALLOC) != 0 &&
                          !((section.sh_flags & SHF_TLS) != 0 && section.sh_type == SHT_NOBITS);
    if (hasPlace && !isMapped(*mapped, section.sh_addr, section.sh_size)) return false;
  }
  return true;
}

// The loader doesn't need the table, but linkers write it last: a file that lacks it was cut off.
bool sectionTableInside(const ElfFile &file, const Elf64_Ehdr &header) {
  return file.holds(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize);
}

} // namespace

Result<void> checkSharedLibrary(const std::filesystem::path &library) {
  const auto refuse = [&](std::string_view reason) {
    return fail(fmt::format("can't load '{}': {}", library.string(), reason));
  };
  std::error_code error;
  if (std::filesystem::exists(library, error) && !std::filesystem::is_regular_file(library, error))
    return refuse(std::filesystem::is_directory(library, error) ? "it is a folder" : "it is no regular file");
  const std::uint64_t size = std::filesystem::file_size(library, error);
  if (error) return refuse(error.message());
  std::ifstream stream(library, std::ios::binary);
  if (!stream) return refuse(std::strerror(errno));

  ElfFile file(stream, size);
  std::array<unsigned char, EI_NIDENT> identity{};
  if (!file.read(0, identity) || std::memcmp(identity.data(), ELFMAG, SELFMAG) != 0)
    return refuse("it is no shared library (not an ELF file)");
  if (identity[EI_CLASS] != ELFCLASS64) return refuse("it is no 64-bit ELF file");
  constexpr int byteOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (identity[EI_DATA] != byteOrder) return refuse("it has another byte order than this machine");
  Elf64_Ehdr header;
  if (!file.read(0, header)) return refuse("it is truncated or damaged");
  if (header.e_machine != hostMachine())
    return refuse(fmt::format("it was made for {}, this machine is {}", machineName(header.e_machine),
                              machineName(hostMachine())));
  if (header.e_type != ET_DYN) return refuse("it is an ELF file, but no shared library");
  const std::optional<std::vector<Elf64_Phdr>> segments = segmentsOf(file, header);
  if (!segments || !sectionTableInside(file, header) || !isWholeInMemory(file, header, *segments))
    return refuse("it is truncated or damaged");
  return {};
}

} // namespace ninc
