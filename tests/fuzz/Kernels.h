// A model with a kernel of every family, for a CPU and a device: what fuzzed schedules are for.
#pragma once

#include <string>
#include <vector>

#include "codegen/spec/KernelSpec.h"
#include "codegen/target/Targets.h"
#include "ir/Graph.h"

namespace ninc {

// The model as its kernels are: stage, pooled, grouped, pool, scores, prob.
const Graph &fuzzedModel();

// "x86-64-v3+opencl".
const Targets &fuzzedTargets();

struct FuzzedKernel {
  std::string name; // as files of schedules have it: "stage", "stage@opencl"
  KernelSpec spec;
};

const std::vector<FuzzedKernel> &fuzzedKernels();

} // namespace ninc
