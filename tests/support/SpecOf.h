// Kernels as tests need them: an op between operands, of which they say everything that matters.
#pragma once

#include <vector>

#include "codegen/spec/KernelSpec.h"

namespace ninc::testing {

// Types of the results are inferred; those that are maps lie in memory as `mapLayout` says.
KernelSpec specOf(const Op &op, const std::vector<TensorType> &inputs, const Target &target,
                  Layout mapLayout);

} // namespace ninc::testing
