#include "codegen/library/WeightFile.h"

#include <algorithm>
#include <cstring>

#include "runtime/cpu/weights.h"

namespace ninc {

// As ninc_weight_hash has it, which is in the libraries and not in here; a test compares the two.
std::uint64_t hashOfWeights(std::span<const std::byte> weights) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t done = 0; done < weights.size(); done += sizeof hash) {
    std::uint64_t word = 0;
    std::memcpy(&word, weights.data() + done, std::min(weights.size() - done, sizeof word));
    hash = (hash ^ word) * 0x100000001b3;
  }
  return hash;
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
