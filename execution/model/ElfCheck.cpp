#include "execution/model/ElfCheck.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <fstream>

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

// A file of a known size, read at places that it claims itself.
class ElfFile {
public:
  ElfFile(std::istream &stream, std::uint64_t size) : stream_(stream), size_(size) {}

  // Whether [offset, offset + bytes) lies inside the file.
  bool holds(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= size_ && bytes <= size_ - offset;
  }

  template <class Structure>
  bool read(std::uint64_t offset, Structure &structure) {
    if (!holds(offset, sizeof structure)) return false;
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(reinterpret_cast<char *>(&structure), sizeof structure);
    return stream_.good();
  }

private:
  std::istream &stream_;
  std::uint64_t size_;
};

bool segmentsInside(ElfFile &file, const Elf64_Ehdr &header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) return false;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!file.holds(header.e_phoff, (i + 1) * sizeof segment) ||
        !file.read(header.e_phoff + i * sizeof segment, segment) ||
        !file.holds(segment.p_offset, segment.p_filesz))
      return false;
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
  if (!segmentsInside(file, header) || !sectionTableInside(file, header))
    return refuse("it is truncated or damaged");
  return {};
}

} // namespace ninc
