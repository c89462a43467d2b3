// From a pipeline that Halide has lowered for a device to what the device runs: the source, and each launch
// with its constants.
#pragma once

#include <string_view>
#include <vector>

#include "codegen/halide/KernelPipeline.h"
#include "codegen/kernel/Kernel.h"

namespace ninc {

struct DeviceCode {
  std::string source; // OpenCL C or PTX
  std::vector<Launch> launches;
};

// Compiles the kernel's pipeline under `symbol`. The host code around the launches must be nothing but
// launches: loops, allocations or copies there are a defect of the schedule, thrown as Halide::InternalError.
DeviceCode compileForDevice(KernelPipeline &kernel, const std::string &symbol, const GpuTarget &target);

} // namespace ninc
