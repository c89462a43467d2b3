// An ELF file of a known size, read at places that it claims itself.
#pragma once

#include <cstdint>
#include <istream>

namespace ninc {

class ElfFile {
public:
  // The stream outlives this.
  ElfFile(std::istream &stream, std::uint64_t size) : stream_(stream), size_(size) {}

  // Whether [offset, offset + bytes) lies inside the file.
  bool holds(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= size_ && bytes <= size_ - offset;
  }

  // False, and nothing is read, where the structure doesn't lie inside.
  template <class Structure>
  bool read(std::uint64_t offset, Structure &structure) {
    return readBytes(offset, &structure, sizeof structure);
  }
  bool readBytes(std::uint64_t offset, void *to, std::uint64_t bytes) {
    if (!holds(offset, bytes)) return false;
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(static_cast<char *>(to), static_cast<std::streamsize>(bytes));
    return stream_.good();
  }

private:
  std::istream &stream_;
  std::uint64_t size_;
};

} // namespace ninc
