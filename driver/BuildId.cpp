#include "driver/BuildId.h"

#include <cstddef>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <string_view>

namespace ninc {

namespace {

// The build id among the notes of a segment; empty if it isn't there.
std::string_view buildIdAmong(std::string_view notes) {
  constexpr std::size_t alignment = 4;
  constexpr std::string_view owner{"GNU\0", 4}; // the zero belongs to it
  const auto padded = [](std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    notes.remove_prefix(sizeof note);
    const std::size_t nameBytes = padded(note.n_namesz), bytes = nameBytes + padded(note.n_descsz);
    if (bytes > notes.size()) return {};
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(0, note.n_namesz) == owner)
      return notes.substr(nameBytes, note.n_descsz);
    notes.remove_prefix(bytes);
  }
  return {};
}

bool holds(const dl_phdr_info &object, const void *address) {
  const auto place = reinterpret_cast<ElfW(Addr)>(address);
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = object.dlpi_phdr[i];
    const ElfW(Addr) begin = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && place >= begin && place - begin < segment.p_memsz) return true;
  }
  return false;
}

// Ends the walk over all that is loaded at the object that this code is in.
int findIn(dl_phdr_info *object, std::size_t, void *found) {
  if (!holds(*object, reinterpret_cast<const void *>(&findIn))) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto *notes = reinterpret_cast<const char *>(object->dlpi_addr + segment.p_vaddr); // NOLINT
    const std::string_view id = buildIdAmong({notes, segment.p_memsz});
    for (const char byte : id)
      *static_cast<std::string *>(found) += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    if (!id.empty()) break;
  }
  return 1;
}

} // namespace

std::string buildId() {
  std::string id;
  dl_iterate_phdr(findIn, &id);
  return id;
}

} // namespace ninc
