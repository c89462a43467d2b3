// How other tools name and shape what a model needs: for hints, so that a file which has the right numbers
// under another convention is mended in a minute. Nothing here is read as if it were ours.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ir/Types.h"

namespace ninc {

// Whether a tensor of this name is a tool's own bookkeeping, which no result depends on: PyTorch's count of
// the batches that a batch_norm has seen.
bool isBookkeeping(std::string_view tensor);

// The start that the file's tensors have before the names the model needs ("module.", as DataParallel writes
// it): one that serves at least half of what is `missing`; empty if there is none.
std::string commonPrefix(const std::set<std::string> &missing, const std::set<std::string> &surplus);

// Under which of these names PyTorch, TensorFlow or Caffe keep what the model calls `needed`:
// "norm.running_mean" for "norm.mean".
std::optional<std::string> foreignName(std::string_view needed, const std::set<std::string> &names);

// What to do with a tensor that has the right numbers in another order or shape, for example "it is
// transposed ..."; empty if `found` isn't recognised.
std::string shapeHelp(const Shape &needed, const Shape &found);

// What to do with a tensor whose numbers are of a type that isn't read.
std::string dtypeHelp(std::string_view dtype);

} // namespace ninc
