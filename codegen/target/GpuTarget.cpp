#include "codegen/target/GpuTarget.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ninc {

namespace {

// OpenCL promises 32 KiB of local memory and, on the devices one meets, 256 work-items a group. CUDA's are
// those of the CUDA C++ Programming Guide, "Compute Capabilities": the shared memory is what a block may opt
// in to less what Ptx.h leaves out, the units are those of the largest chip of the generation
// that is common.
const std::array<GpuTarget, 7> knownDevices{{
    {"opencl", NINC_DEVICE_OPENCL, 0, ElementType::f32, 256, 32 << 10, 32, 128, 64 << 10, 1024},
    {"sm_50", NINC_DEVICE_CUDA, 50, ElementType::f32, 1024, 47 << 10, 16, 128, 64 << 10, 2048},
    {"sm_61", NINC_DEVICE_CUDA, 61, ElementType::f32, 1024, 47 << 10, 28, 128, 96 << 10, 2048},
    {"sm_70", NINC_DEVICE_CUDA, 70, ElementType::f32, 1024, 95 << 10, 80, 64, 96 << 10, 2048},
    {"sm_75", NINC_DEVICE_CUDA, 75, ElementType::f32, 1024, 63 << 10, 68, 64, 64 << 10, 1024},
    {"sm_80", NINC_DEVICE_CUDA, 80, ElementType::f32, 1024, 162 << 10, 108, 64, 164 << 10, 2048},
    {"sm_86", NINC_DEVICE_CUDA, 86, ElementType::f32, 1024, 98 << 10, 82, 128, 100 << 10, 1536},
}};

} // namespace

Result<GpuTarget> parseGpuTarget(std::string_view name) {
  if (name == "cuda") name = "sm_80";
  const auto *found = std::ranges::find(knownDevices, name, &GpuTarget::name);
  if (found != knownDevices.end()) return *found;
  std::string known = "cuda";
  for (const GpuTarget &device : knownDevices)
    known += ", " + device.name;
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("no device '{}' to make code for; there are {}", name, known)});
}

std::string toString(const GpuTarget &target) {
  return target.name + (target.storage == ElementType::f16 ? " f16" : "");
}

std::string halideTarget(const GpuTarget &target) {
  const std::string device = target.kind == NINC_DEVICE_OPENCL
                                 ? "opencl"
                                 : fmt::format("cuda-cuda_capability_{}", target.capability);
  return "x86-64-linux-" + device + "-no_runtime-no_asserts-no_bounds_query-user_context";
}

} // namespace ninc
