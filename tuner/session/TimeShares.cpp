#include "tuner/session/TimeShares.h"

#include <algorithm>
#include <numeric>

namespace ninc {

namespace {

// Kept for the last comparison of each kernel, but at most a quarter of the time.
constexpr double decidingSeconds = 2;

} // namespace

std::optional<double> searchSeconds(std::optional<double> left, std::size_t inGroup, std::size_t toCome) {
  if (!left) return std::nullopt;
  const double share = std::max(0.0, *left) * static_cast<double>(inGroup) / static_cast<double>(toCome);
  return share - std::min(decidingSeconds * static_cast<double>(inGroup), share / 4);
}

std::vector<std::size_t> byUrgency(std::span<const KernelEffort> kernels) {
  double largest = 0;
  for (const KernelEffort &kernel : kernels)
    largest = std::max(largest, kernel.defaultSeconds);
  auto hasHad = [&](std::size_t i) {
    const double weight = std::max(kernels[i].defaultSeconds, largest / 10);
    return weight > 0 ? kernels[i].spent / weight : 0;
  };
  std::vector<std::size_t> order(kernels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, hasHad);
  return order;
}

} // namespace ninc
