// The file, in order: ELF header, the numbers (aligned), symbol table, symbol names, section names, section
// headers. Layout and constants: System V ABI, chapters 4 and 5.
#include "codegen/library/WeightObject.h"

#include <array>
#include <cstring>
#include <llvm/BinaryFormat/ELF.h>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

using namespace llvm::ELF;

enum Section : std::uint16_t {
  null,
  numbers,
  noExecutableStack,
  symbols,
  symbolNames,
  sectionNames,
  sectionCount
};

// The start of each name in the table of section names.
constexpr char sectionNameTable[] = "\0.rodata.weights\0.note.GNU-stack\0.symtab\0.strtab\0.shstrtab";
std::uint32_t nameOffset(std::string_view name) {
  return static_cast<std::uint32_t>(std::string_view(sectionNameTable, sizeof sectionNameTable).find(name));
}

template <class T>
void append(std::string &file, const T &value) {
  file.append(reinterpret_cast<const char *>(&value), sizeof value);
}

void alignTo(std::string &file, std::size_t alignment) {
  file.resize(roundUp(file.size(), alignment));
}

std::uint16_t machineNumber(Arch arch) {
  if (arch == Arch::riscv64) return EM_RISCV;
  return arch == Arch::x86_64 ? EM_X86_64 : EM_AARCH64;
}

Elf64_Ehdr fileHeader(Arch arch) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ElfMagic, 4);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = machineNumber(arch);
  if (arch == Arch::riscv64) header.e_flags = EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = sectionCount;
  header.e_shstrndx = sectionNames;
  return header;
}

// Everything but where the sections lie, which shows when they are written.
std::array<Elf64_Shdr, sectionCount> sectionHeaders(std::int64_t alignment) {
  std::array<Elf64_Shdr, sectionCount> headers{};
  const auto describe = [&](Section section, std::string_view name, std::uint32_t type, std::uint64_t flags,
                            std::uint64_t addressAlignment) {
    headers[section].sh_name = nameOffset(name);
    headers[section].sh_type = type;
    headers[section].sh_flags = flags;
    headers[section].sh_addralign = addressAlignment;
  };
  describe(numbers, ".rodata.weights", SHT_PROGBITS, SHF_ALLOC, static_cast<std::uint64_t>(alignment));
  describe(noExecutableStack, ".note.GNU-stack", SHT_PROGBITS, 0, 1);
  describe(symbols, ".symtab", SHT_SYMTAB, 0, alignof(Elf64_Sym));
  describe(symbolNames, ".strtab", SHT_STRTAB, 0, 1);
  describe(sectionNames, ".shstrtab", SHT_STRTAB, 0, 1);
  headers[symbols].sh_link = symbolNames;
  headers[symbols].sh_info = 1; // the first symbol that isn't local
  headers[symbols].sh_entsize = sizeof(Elf64_Sym);
  return headers;
}

// The one symbol, behind the empty one that every table begins with.
Elf64_Sym hiddenObject(std::size_t bytes) {
  Elf64_Sym symbol{};
  symbol.st_name = 1; // behind the empty name
  symbol.setBindingAndType(STB_GLOBAL, STT_OBJECT);
  symbol.st_other = STV_HIDDEN;
  symbol.st_shndx = numbers;
  symbol.st_size = bytes;
  return symbol;
}

} // namespace

std::string weightObject(std::span<const std::byte> bytes, const std::string &symbol, std::int64_t alignment,
                         Arch arch) {
  std::array<Elf64_Shdr, sectionCount> sections = sectionHeaders(alignment);
  std::string file;
  file.reserve(bytes.size() + symbol.size() + 2048 + static_cast<std::size_t>(alignment));
  const auto place = [&](Section section, auto &&appendContents) {
    alignTo(file, static_cast<std::size_t>(sections[section].sh_addralign));
    sections[section].sh_offset = file.size();
    appendContents();
    sections[section].sh_size = file.size() - sections[section].sh_offset;
  };
  append(file, fileHeader(arch));
  place(numbers, [&] { file.append(reinterpret_cast<const char *>(bytes.data()), bytes.size()); });
  place(noExecutableStack, [] {});
  place(symbols, [&] {
    append(file, Elf64_Sym{});
    append(file, hiddenObject(bytes.size()));
  });
  place(symbolNames, [&] { (file += '\0').append(symbol) += '\0'; });
  place(sectionNames, [&] { file.append(sectionNameTable, sizeof sectionNameTable); });
  alignTo(file, alignof(Elf64_Shdr));

  Elf64_Ehdr header = fileHeader(arch);
  header.e_shoff = file.size();
  std::memcpy(file.data(), &header, sizeof header);
  append(file, sections);
  return file;
}

} // namespace ninc
