// Whether a file's first dimension is a batch.
//
// Shapes of a graph have no batch (ir/Types.h), those of files have. Axis 0 is tried as the batch if all
// inputs agree on it; where a node turns out to mix its images, the graph is imported anew without one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "frontend/ModelFile.h"
#include "frontend/import/Dims.h"

namespace ninc {

struct InputShape {
  std::string name; // the file's
  Dims dims;        // with the batch, where they have one
  std::int64_t written =
      0; // the extent of axis 0 in the file, where --batch asks for another; 0: that of dims
};

// The batch that shapes inside the file are written for.
std::int64_t writtenBatch(const std::vector<InputShape> &inputs);

// The extent of axis 0 that all share, if they do; none if there is an input without one or of one dimension.
std::optional<std::int64_t> sharedBatch(const std::vector<InputShape> &inputs);

struct ImportAttempt {
  std::optional<Graph> graph; // none: errors were reported, or images meet
  std::string meeting;        // the node at which images of a batch meet; empty if they don't
  Origin origin = {};
};

// `attempt` imports the file with a batch of axis 0's extent, without which shapes are as the file has them.
// Says as a remark which it was.
using Attempt = std::function<ImportAttempt(std::optional<std::int64_t> batch, Diagnostics &diagnostics)>;
std::optional<ImportedModel> importWithBatch(const std::vector<InputShape> &inputs,
                                             const ImportOptions &options, const Attempt &attempt,
                                             Diagnostics &diagnostics);

} // namespace ninc
