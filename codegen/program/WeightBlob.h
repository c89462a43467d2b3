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
  template <class Number>
  std::int64_t add(const std::vector<Number> &numbers) {
    return addBytes(std::as_bytes(std::span(numbers)));
  }

  // The bytes gathered so far; the blob is empty afterwards.
  std::vector<std::byte> take();

private:
  std::int64_t addBytes(std::span<const std::byte> added);

  struct Place {
    std::size_t offset = 0, bytes = 0;
  };

  std::size_t alignment_;
  std::vector<std::byte> bytes_;
  std::unordered_multimap<std::uint64_t, Place> places_; // by the hash of what lies there
};

} // namespace ninc
