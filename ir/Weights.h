// Binding a model's parameters: from a safetensors file, or random ones, so that a topology can be compiled
// and timed before it is trained.
#pragma once

#include <filesystem>

#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc {

// Fills every empty parameter slot from graph.weightSource. A file's path is relative to `modelFolder`.
// Tensors are named after the value: `stage1.0.weight`, `dense1.bias`; a constant's tensor has the value's
// own name. Every missing, surplus or misshapen tensor and every one of a type that isn't read is an error
// that names both sides; so is a NaN or an infinity, and a batch_norm's variance that isn't above -epsilon.
// All of them are reported at once. A surplus tensor may be of any type; PyTorch's num_batches_tracked is a
// remark. With WeightSource::none any empty slot is an error. True when nothing went wrong; otherwise the
// graph is as it was.
//
// Random weights are He-initialised (He et al. 2015, eq. 10: normal, variance 2/fanIn), biases uniform in
// [-0.1, 0.1], batch_norm scale and variance uniform in [0.5, 1.5]. Each tensor has its own generator,
// seeded by the model's seed and the tensor's name: the same on every machine, whatever the order of ops.
bool bindWeights(Graph &graph, const std::filesystem::path &modelFolder, Diagnostics &diagnostics);

// Whether every parameter has the very numbers that a source at random with this seed would fill in, so that
// a text may say the seed instead of a file. An empty slot has none.
bool areRandom(const Graph &graph, std::uint64_t seed);

// Writes all parameters as a safetensors file, atomically, under the names bindWeights reads. An empty slot
// is an error.
Result<void> writeWeights(const Graph &graph, const std::filesystem::path &file);

} // namespace ninc
