#include "codegen/program/WeightBlob.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "support/Arithmetic.h"

namespace ninc {

std::int64_t WeightBlob::addBytes(std::span<const std::byte> added) {
  const std::uint64_t hash =
      std::hash<std::string_view>()({reinterpret_cast<const char *>(added.data()), added.size()});
  const auto [first, last] = places_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (std::ranges::equal(added, std::span(bytes_).subspan(at->second.offset, at->second.bytes)))
      return static_cast<std::int64_t>(at->second.offset);
  const std::size_t offset = roundUp(bytes_.size(), alignment_);
  bytes_.resize(offset);
  bytes_.insert(bytes_.end(), added.begin(), added.end());
  places_.emplace(hash, Place{offset, added.size()});
  return static_cast<std::int64_t>(offset);
}

std::vector<std::byte> WeightBlob::take() {
  places_.clear();
  return std::exchange(bytes_, {});
}

} // namespace ninc
