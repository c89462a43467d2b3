// A Version of a plan and its compiled kernels: steps with their arguments, packed weights, scratch.
#pragma once

#include <vector>

#include "codegen/kernel/Kernel.h"
#include "codegen/kernel/KernelCompilation.h"
#include "codegen/plan/ModelPlan.h"
#include "codegen/program/KernelChoices.h"
#include "codegen/program/Program.h"
#include "codegen/program/WeightBlob.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// What the tensors of a model are called and how large they are.
Size sizeOf(const Graph &graph);

// Where the parts of a version come from. All outlive the assembly.
struct AssemblyParts {
  const Graph &graph; // the plan's, with its parameters bound
  const ModelPlan &plan;
  const KernelChoices &chosen;
  const std::vector<KernelRequest> &requests;
  const std::vector<Kernel> &kernels; // of the requests, in their order
};

// Weights go into the blob, whose alignment is the target's (weightAlignmentOf). `size` is the graph's place
// among those of the interface. Weights that don't fit into halves are an error that names them.
Result<Version> assemble(const AssemblyParts &parts, const KernelTarget &target, std::size_t size,
                         WeightBlob &weights);

// Of each tensor among the weights.
std::int64_t weightAlignmentOf(const KernelTarget &target);

// An error where so many bytes don't fit into one library.
Result<void> checkWeightBytes(std::size_t bytes);

} // namespace ninc
