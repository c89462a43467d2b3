#include "support/Seal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>
#include <zlib.h>

#include "support/Descriptor.h"
#include "support/FileFailure.h"

namespace ninc {

namespace {

constexpr std::string_view magic = "NINCSEAL";

std::uint32_t crcOf(std::string_view bytes, std::uint32_t before = 0) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()));
}

void appendNumber(std::string &to, std::uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i)
    to += static_cast<char>(number >> (8 * i));
}

std::string sealFor(std::uint64_t bytes, std::uint32_t crc) {
  std::string seal(magic);
  appendNumber(seal, bytes, 8);
  appendNumber(seal, crc, 4);
  appendNumber(seal, crcOf(seal), 4);
  return seal;
}

// Whether the last bytes of a file are the beginning of a seal that was cut off.
bool endsInPartOfASeal(std::string_view last) {
  constexpr std::size_t telling = 4; // fewer bytes than these of the magic may be anything
  for (std::size_t bytes = telling; bytes < std::min(sealBytes, last.size() + 1); ++bytes)
    if (last.substr(last.size() - bytes).starts_with(magic.substr(0, std::min(bytes, magic.size()))))
      return true;
  return false;
}

// Reads `size` bytes at `offset` into `to`; fewer where the file ends.
Result<std::string_view> readAt(int file, std::uint64_t offset, std::vector<char> &to, std::size_t size) {
  std::size_t have = 0;
  while (have < size) {
    const ssize_t count = pread(file, to.data() + have, size - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(std::generic_category().message(errno));
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  return std::string_view(to.data(), have);
}

Result<Seal> sealOf(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return fail(std::generic_category().message(errno));
  if (!S_ISREG(status.st_mode)) return fail("it is no regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::vector<char> buffer(std::size_t{1} << 20);

  const std::uint64_t content = size < sealBytes ? 0 : size - sealBytes;
  const auto last = readAt(file, content, buffer, sealBytes);
  if (!last) return tl::unexpected(last.error());
  if (!last->starts_with(magic) || last->size() < sealBytes)
    return endsInPartOfASeal(*last) ? Seal::broken : Seal::none;
  const std::string seal(*last);

  std::uint32_t crc = 0;
  for (std::uint64_t offset = 0; offset < content;) {
    const auto piece = readAt(file, offset, buffer, std::min<std::uint64_t>(buffer.size(), content - offset));
    if (!piece) return tl::unexpected(piece.error());
    if (piece->empty()) return Seal::broken; // it has become shorter
    crc = crcOf(*piece, crc);
    offset += piece->size();
  }
  return seal == sealFor(content, crc) ? Seal::whole : Seal::broken;
}

} // namespace

std::string sealed(std::string content) {
  content += sealFor(content.size(), crcOf(content));
  return content;
}

Result<Seal> sealOf(const std::filesystem::path &path) {
  // O_NONBLOCK: a pipe that nobody writes to is no reason to wait.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  Result<Seal> seal = file.open() ? sealOf(file.number()) : fail(std::generic_category().message(errno));
  if (!seal) return cannot("read", path, seal.error().message);
  return seal;
}

} // namespace ninc
