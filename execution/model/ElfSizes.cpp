#include "execution/model/ElfSizes.h"

#include <algorithm>
#include <elf.h>
#include <fmt/format.h>
#include <fstream>

#include "execution/model/ElfFile.h"

namespace ninc {

namespace {

void count(const Elf64_Shdr &section, ElfSizes &sizes) {
  const auto bytes = static_cast<std::int64_t>(section.sh_size);
  if ((section.sh_flags & SHF_ALLOC) == 0) return;
  if (section.sh_flags & SHF_EXECINSTR)
    sizes.code += bytes;
  else if ((section.sh_flags & SHF_WRITE) == 0)
    sizes.readOnly += bytes;
  else if (section.sh_type == SHT_NOBITS)
    sizes.writable += bytes;
  else
    sizes.relocated += bytes;
}

// The texts of a table, which end with a 0 each.
std::string tableOf(ElfFile &file, const Elf64_Shdr &section) {
  if (!file.holds(section.sh_offset, section.sh_size)) return {};
  std::string texts(section.sh_size, '\0');
  return file.readBytes(section.sh_offset, texts.data(), texts.size()) ? texts : std::string();
}

void takeSymbols(ElfFile &file, const Elf64_Shdr &symbols, const Elf64_Shdr &names, ElfSizes &sizes) {
  const std::string texts = tableOf(file, names);
  for (std::uint64_t offset = sizeof(Elf64_Sym); offset + sizeof(Elf64_Sym) <= symbols.sh_size;
       offset += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    if (!file.read(symbols.sh_offset + offset, symbol)) return;
    const bool isImported = symbol.st_shndx == SHN_UNDEF;
    (isImported ? sizes.imported : sizes.exported)
        .emplace_back(symbol.st_name < texts.size() ? texts.c_str() + symbol.st_name : "");
  }
}

} // namespace

Result<ElfSizes> elfSizes(const std::filesystem::path &library) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(library, error);
  std::ifstream stream(library, std::ios::binary);
  ElfFile file(stream, error ? 0 : size);
  Elf64_Ehdr header;
  if (!file.read(0, header)) return fail(fmt::format("'{}' is no shared library", library.string()));
  ElfSizes sizes;
  sizes.file = static_cast<std::int64_t>(size);
  std::vector<Elf64_Shdr> sections;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i)
    if (Elf64_Shdr section; file.read(header.e_shoff + i * sizeof section, section))
      sections.push_back(section);
  for (const Elf64_Shdr &section : sections) {
    count(section, sizes);
    if (section.sh_type == SHT_DYNSYM && section.sh_link < sections.size())
      takeSymbols(file, section, sections[section.sh_link], sizes);
  }
  std::ranges::sort(sizes.exported);
  std::ranges::sort(sizes.imported);
  return sizes;
}

} // namespace ninc
