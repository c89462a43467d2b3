#include "codegen/library/WeightFile.h"

#include <cstring>

#include "runtime/cpu/weights.h"

namespace ninc {

std::uint64_t hashOfWeights(std::span<const std::byte> weights) {
  return ninc_weight_hash(weights.data(), static_cast<std::int64_t>(weights.size()));
}

bool isWeightFile(std::string_view beginning) {
  return beginning.starts_with(NINC_WEIGHT_FILE_MAGIC);
}

std::string weightFile(std::span<const std::byte> weights) {
  ninc_weight_file_header header{};
  static_assert(sizeof header == NINC_WEIGHT_FILE_HEADER);
  std::memcpy(header.magic, NINC_WEIGHT_FILE_MAGIC, sizeof header.magic);
  header.bytes = static_cast<std::int64_t>(weights.size());
  header.hash = hashOfWeights(weights);
  std::string file(reinterpret_cast<const char *>(&header), sizeof header);
  return file.append(reinterpret_cast<const char *>(weights.data()), weights.size());
}

} // namespace ninc
