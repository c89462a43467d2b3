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

Elf64_Ehdr fileHeader(Arch arch) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ElfMagic, 4);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = arch == Arch::x86_64 ? EM_X86_64 : EM_AARCH64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = sectionCount;
  header.e_shstrndx = sectionNames;
  return header;
}

} // namespace

std::string weightObject(std::span<const std::byte> bytes, const std::string &symbol, std::int64_t alignment,
                         Arch arch) {
  std::array<Elf64_Shdr, sectionCount> sections{};
  const auto describe = [&](Section section, std::string_view name, std::uint32_t type, std::uint64_t flags,
                            std::uint64_t addressAlignment) {
    sections[section].sh_name = nameOffset(name);
    sections[section].sh_type = type;
    sections[section].sh_flags = flags;
    sections[section].sh_addralign = addressAlignment;
  };
  describe(numbers, ".rodata.weights", SHT_PROGBITS, SHF_ALLOC, static_cast<std::uint64_t>(alignment));
  describe(noExecutableStack, ".note.GNU-stack", SHT_PROGBITS, 0, 1);
  describe(symbols, ".symtab", SHT_SYMTAB, 0, alignof(Elf64_Sym));
  describe(symbolNames, ".strtab", SHT_STRTAB, 0, 1);
  describe(sectionNames, ".shstrtab", SHT_STRTAB, 0, 1);
  sections[symbols].sh_link = symbolNames;
  sections[symbols].sh_info = 1; // the first symbol that isn't local
  sections[symbols].sh_entsize = sizeof(Elf64_Sym);

  Elf64_Sym weights{};
  weights.st_name = 1;
  weights.setBindingAndType(STB_GLOBAL, STT_OBJECT);
  weights.st_other = STV_HIDDEN;
  weights.st_shndx = numbers;
  weights.st_size = bytes.size();

  std::string file;
  file.reserve(bytes.size() + symbol.size() + 2048 + static_cast<std::size_t>(alignment));
  const auto place = [&](Section section, std::size_t sectionAlignment, auto &&appendContents) {
    alignTo(file, sectionAlignment);
    sections[section].sh_offset = file.size();
    appendContents();
    sections[section].sh_size = file.size() - sections[section].sh_offset;
  };
  append(file, fileHeader(arch));
  place(numbers, static_cast<std::size_t>(alignment),
        [&] { file.append(reinterpret_cast<const char *>(bytes.data()), bytes.size()); });
  place(noExecutableStack, 1, [] {});
  place(symbols, alignof(Elf64_Sym), [&] {
    append(file, Elf64_Sym{});
    append(file, weights);
  });
  place(symbolNames, 1, [&] { (file += '\0').append(symbol) += '\0'; });
  place(sectionNames, 1, [&] { file.append(sectionNameTable, sizeof sectionNameTable); });
  alignTo(file, alignof(Elf64_Shdr));

  Elf64_Ehdr header = fileHeader(arch);
  header.e_shoff = file.size();
  std::memcpy(file.data(), &header, sizeof header);
  append(file, sections);
  return file;
}

} // namespace ninc
