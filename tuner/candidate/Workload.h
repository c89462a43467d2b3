// What a kernel is timed and checked on: parameters, operands, and what the reference makes of them.
#pragma once

#include <optional>
#include <vector>

#include "codegen/spec/KernelSpec.h"
#include "ir/Winograd.h"
#include "support/Result.h"

namespace ninc {

// Numbers are random, the same for the same spec. Of several images there are two different ones, in the
// order of the Thue-Morse sequence (a, b, b, a, b, a, a, b, ...), so that the reference evaluates no more
// than two, and an image in another one's place shows. Operands that a kernel has in halves are numbers that
// halves can hold.
struct Workload {
  KernelSpec spec;
  Op op;                                    // the spec's, with parameters
  std::vector<std::vector<float>> operands; // of all images, as the kernel has them in memory
};

// Which of the two image `image` is: 0 or 1.
std::size_t imageNumber(std::int64_t image);

Workload makeWorkload(const KernelSpec &spec);

// The reference's results, likewise in memory order.
Result<std::vector<std::vector<float>>> evaluateWorkload(const Workload &workload);

// For each result how far a right kernel may be from the reference (docs/numerics.md), by plain sums or with
// the first convolution by Winograd's transforms. Costs several evaluations.
Result<std::vector<double>> errorBoundsOf(const Workload &workload, std::optional<WinogradTile> winograd);

} // namespace ninc
