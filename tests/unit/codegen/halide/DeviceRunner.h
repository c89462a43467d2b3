// Runs one of a device's kernels as suspiciously as KernelRunner.h does a CPU's: where the device uses the
// host's memory (PoCL does), every argument lies between pages that nobody may touch; results and scratch
// start out as NaN, and in a second run, at other addresses, as large numbers.
#pragma once

#include <string>
#include <vector>

#include "codegen/kernel/Kernel.h"
#include "ir/Tensor.h"

namespace ninc {

// Empty if OpenCL kernels can run here, else why not.
std::string whyNoOpenCl();

// Whether that device has no memory but this process's, so that guards tell.
bool usesMemoryInPlace();

// As runKernel (KernelRunner.h) on OpenCL device 0; a sentence also if the kernel touches what isn't its
// argument's memory, or if the two runs' results differ.
Result<std::vector<Tensor>> runOnDevice(const KernelSpec &spec, const Kernel &kernel,
                                        const std::vector<std::vector<float>> &weights,
                                        const std::vector<Tensor> &operands);

} // namespace ninc
