// The weights of a library while they are gathered: tensors one behind the other, equal ones kept once (NIN's
// repeated zero biases, layers that share weights).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace ninc {

class WeightBlob {
public:
  explicit WeightBlob(std::int64_t alignment) : alignment_(static_cast<std::size_t>(alignment)) {}

  // Where the numbers lie: bytes from the start, a multiple of the alignment.
  std::int64_t add(std::span<const float> numbers);

  // The bytes gathered so far; the blob is empty afterwards.
  std::vector<std::byte> take();

private:
  struct Place {
    std::size_t offset = 0, bytes = 0;
  };

  std::size_t alignment_;
  std::vector<std::byte> bytes_;
  std::unordered_multimap<std::uint64_t, Place> places_; // by the hash of what lies there
};

} // namespace ninc
