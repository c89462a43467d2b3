// The device that a kernel is made for, as its schedules see it. What the driver finds at run time may
// differ; these are the limits that code is made within.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/Types.h"
#include "runtime/ninc_devices.h"
#include "support/Result.h"

namespace ninc {

struct GpuTarget {
  std::string name;                           // "opencl", "sm_80": canonical, also what the library reports
  ninc_device_kind kind = NINC_DEVICE_OPENCL; // or CUDA: the driver that runs it
  int capability = 0;                         // CUDA: 80 for compute capability 8.0
  // How maps between kernels, maps inside them and weights are stored. Sums are f32 either way, and so are
  // biases and a model's inputs and outputs.
  ElementType storage = ElementType::f32;
  int maxThreads = 256;                // a block
  std::int64_t sharedBytes = 32 << 10; // a block
  int units = 32;                      // multiprocessors or compute units, for the cost model
  int lanes = 128;                     // multiply-adds a clock of one unit
  std::int64_t unitSharedBytes = 64 << 10;
  int unitThreads = 1536;

  friend bool operator==(const GpuTarget &, const GpuTarget &) = default;
};

// By its name: "opencl", "cuda" (the same as sm_80) or "sm_50", "sm_61", "sm_70", "sm_75", "sm_80", "sm_86";
// PTX for one of them runs on all later GPUs. The error lists what there is.
Result<GpuTarget> parseGpuTarget(std::string_view name);

// "opencl", "sm_80 f16"
std::string toString(const GpuTarget &target);

// What Halide calls it, with a host around it whose code nobody uses.
std::string halideTarget(const GpuTarget &target);

} // namespace ninc
