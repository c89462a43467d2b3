#include "execution/model/ElfSizes.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>

#include "support/Files.h"

namespace ninc {

namespace {

// Reads structures out of a file's bytes; nothing where they aren't there.
class Bytes {
public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  template <class Structure>
  std::optional<Structure> at(std::uint64_t offset) const {
    Structure structure;
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof structure) return std::nullopt;
    std::memcpy(&structure, bytes_.data() + offset, sizeof structure);
    return structure;
  }

  // A text that ends with a 0, in a table of so many bytes.
  std::string text(const Elf64_Shdr &table, std::uint64_t offset) const {
    if (offset >= table.sh_size || table.sh_offset + offset >= bytes_.size()) return {};
    const std::string_view rest = bytes_.substr(table.sh_offset + offset, table.sh_size - offset);
    return std::string(rest.substr(0, rest.find('\0')));
  }

private:
  std::string_view bytes_;
};

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

void takeSymbols(const Bytes &file, const Elf64_Shdr &symbols, const Elf64_Shdr &names, ElfSizes &sizes) {
  for (std::uint64_t offset = sizeof(Elf64_Sym); offset + sizeof(Elf64_Sym) <= symbols.sh_size;
       offset += sizeof(Elf64_Sym)) {
    const auto symbol = file.at<Elf64_Sym>(symbols.sh_offset + offset);
    if (!symbol) return;
    const bool isImported = symbol->st_shndx == SHN_UNDEF;
    (isImported ? sizes.imported : sizes.exported).push_back(file.text(names, symbol->st_name));
  }
}

} // namespace

Result<ElfSizes> elfSizes(const std::filesystem::path &library) {
  const Result<std::string> bytes = readFile(library);
  if (!bytes) return tl::unexpected(bytes.error());
  const Bytes file(*bytes);
  ElfSizes sizes;
  sizes.file = static_cast<std::int64_t>(bytes->size());
  const auto header = file.at<Elf64_Ehdr>(0);
  if (!header) return fail(fmt::format("'{}' is no shared library", library.string()));
  std::vector<Elf64_Shdr> sections;
  for (std::uint64_t i = 0; i < header->e_shnum; ++i)
    if (const auto section = file.at<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr)))
      sections.push_back(*section);
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
