// Kernels that the tuner's tests are about, and what they ask of schedules for whichever of them.
#pragma once

#include "codegen/spec/KernelSpec.h"
#include "tuner/search/SearchSpace.h"

namespace ninc::testing {

// 3x3 pad 1 over [channels, extent, extent] hwc, then 1x1 convolutions.
KernelSpec mlpconvSpec(std::vector<std::int64_t> outputs, std::int64_t channels = 16,
                       std::int64_t extent = 12, const char *target = "x86-64-v3", Epilogue epilogue = {});
KernelSpec poolSpec(const char *target = "x86-64-v3");
KernelSpec denseSpec(const char *target = "x86-64-v3");

// The same kernel for a device ("opencl", "sm_86"), of so many images.
KernelSpec onDevice(KernelSpec spec, const char *device, std::int64_t images = 1);

// At most `count` of them, the first one the default, all legal, different and read back from their text.
void expectWorthTrying(const KernelSpec &spec, const std::vector<RankedSchedule> &ranked, std::size_t count);

} // namespace ninc::testing
