// A model tidied for people (`ninc import`): what the pipeline rewrites before it thinks of kernels, and
// convolutions written as the stages that they are.
#pragma once

#include <functional>
#include <span>

#include "passes/Passes.h"

namespace ninc {

// The passes that leave a model as a person would have written it: those of the pipeline before fuse-mlpconv,
// which is the first that has kernels in mind.
std::span<const Pass> tidyingPasses();

// Runs those until none finds anything to do, with each change handed to `changed`; remarks that were made
// before aren't made again. True if there were any.
bool settle(Graph &graph, PassContext &context, const std::function<void(const Pass &)> &changed = {});

// The first of them: one way to say each thing, and functions by their names.
void recognise(Graph &graph, PassContext &context);

// Settles the graph, and joins stages. The pipeline makes the same of what is left as of the graph as it was,
// number by number. An error is a defect of ninc.
Result<void> tidy(Graph &graph, PassContext &context);

// Convolutions in a row become an mlpconv where they are what Lin, Chen and Yan call one (2013, section 3.1):
// a convolution over a neighbourhood, then 1x1 convolutions, at least two of them and all but the last with
// one and the same activation. (A ResNet's bottleneck, 3x3 with an activation and 1x1 without, is none.) The
// result has the last value's name. True if it joined any.
bool joinStages(Graph &graph, PassContext &context);

} // namespace ninc
