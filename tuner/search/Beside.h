// The steps of moves along a list of sensible values.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

namespace ninc {

// The values beside `current`, which needn't be one of them, in an ascending list.
template <std::size_t N>
std::vector<int> beside(const std::array<int, N> &values, int current) {
  std::vector<int> result;
  const auto above = std::ranges::upper_bound(values, current);
  const auto below = std::ranges::lower_bound(values, current);
  if (below != values.begin()) result.push_back(*(below - 1));
  if (above != values.end()) result.push_back(*above);
  return result;
}

} // namespace ninc
