// One kernel as a model of its own, to be timed and checked alone.
#pragma once

#include <string>

#include "codegen/kernel/Kernel.h"
#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

// The bytes of a shared library with the usual interface (runtime/ninc_model.h) whose one kernel is this one.
// It embeds no weights: the model's inputs are the kernel's operands and then its packed weights
// (packWeights), its outputs are the kernel's results, all as f32[N] in the order in which the kernel has
// them in memory, all images of the spec one behind the other. Weights must start at multiples of 64 bytes.
// Of a device's kernel, the library has a half for that device, and one for this machine's CPU that computes
// nothing; what the kernel has in halves is f16[N] then.
Result<std::string> kernelLibrary(const KernelSpec &spec, const Schedule &schedule);

} // namespace ninc
