// What the back end can make of a model, and what it has to say about that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ninc {

// The last two are text, of the host module alone: kernels come out of Halide as machine code.
enum class Product : std::uint8_t { sharedLibrary, archive, object, header, llvmIr, assembly };

// Of the version for one device.
struct DeviceStatistics {
  std::string target; // "opencl", "sm_80"
  std::size_t kernels = 0;
  std::size_t launches = 0;
  std::int64_t weightBytes = 0;
  std::int64_t arenaBytes = 0;
};

struct CompileStatistics {
  std::size_t versions = 0;        // for CPUs: one a target, size and group of images
  std::size_t kernels = 0;         // steps of the longest of them
  std::size_t distinctKernels = 0; // compiled, for all of them
  std::int64_t weightBytes = 0;
  std::int64_t scratchBytes = 0;
  std::vector<DeviceStatistics> devices;
  std::optional<std::int64_t> stackBytes; // that a run needs, where that is known: on bare metal
  double kernelSeconds = 0, hostSeconds = 0, linkSeconds = 0;
};

} // namespace ninc
