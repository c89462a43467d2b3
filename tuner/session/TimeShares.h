// How a tuning's time is shared among its kernels, so that whenever it is stopped each of them has had its
// part.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace ninc {

// Seconds that a group of kernels may search, of the budget's `left`: as much for each as for every kernel
// that is still to come (`toCome`, the group included), less what their last comparisons take. None without a
// budget.
std::optional<double> searchSeconds(std::optional<double> left, std::size_t inGroup, std::size_t toCome);

struct KernelEffort {
  double spent = 0;          // seconds of compiling and measuring so far
  double defaultSeconds = 0; // of one call; 0: not measured yet
};

// The kernels' numbers, the one first that has had least of its share. A kernel's share is its part of the
// time that a run of all takes, but at least a tenth of the largest one's.
std::vector<std::size_t> byUrgency(std::span<const KernelEffort> kernels);

} // namespace ninc
