#include "codegen/Checksum.h"

#include <cstdint>
#include <fmt/format.h>
#include <llvm/Support/xxhash.h>

namespace ninc {

std::string checksum(std::string_view bytes) {
  const llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits({reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()});
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

} // namespace ninc
