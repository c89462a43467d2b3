// Runs one of a device's kernels through the runtime that models carry (runtime/device.h), as a model of one
// step.
#pragma once

#include <string>
#include <vector>

#include "codegen/Kernel.h"
#include "ir/Tensor.h"

namespace ninc {

// Empty if OpenCL kernels can run here, else why not.
std::string whyNoOpenCl();

// As runKernel (KernelRunner.h) on OpenCL device 0. Outputs start out as NaN.
Result<std::vector<Tensor>> runOnDevice(const KernelSpec &spec, const Kernel &kernel,
                                        const std::vector<std::vector<float>> &weights,
                                        const std::vector<Tensor> &operands);

} // namespace ninc
