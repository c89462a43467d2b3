// The parameters of an op in the arrangement in which its kernel reads them.
#pragma once

#include <vector>

#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

using PackedWeights = std::vector<std::vector<float>>;

// One vector for each of the kernel's arguments of role `weights`, by index. `op` is the spec's op with its
// parameters bound; with others, or with a schedule of another family, it is an internal error.
Result<PackedWeights> packWeights(const KernelSpec &spec, const Schedule &schedule, const Op &op);

// Of a stage on a CPU: for each layer a weight tensor [panel][reduction][channel in panel], reduction in the
// order rows, columns, input channels, and a bias [channel], both zero beyond the last channel. A Winograd
// convolution's weights are transformed in double precision: [panel][frequency][phase and channel][channel in
// panel].
Result<PackedWeights> packMlpconv(const KernelSpec &spec, const MlpconvSchedule &schedule, const Op &op);

// What the steps of a chain need, [channel] each, behind what is packed already: for a batch_norm mean / 2,
// 2 factor / r, bias / r and r (codegen/halide/shared/Elements.cpp), for a prelu its slope.
void packChain(const PointwiseChain &chain, PackedWeights &packed);

} // namespace ninc
