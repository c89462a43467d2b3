// The extents of a model's inputs: what its file says, and for what it leaves open what the user says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/ModelFile.h"
#include "frontend/import/Batch.h"
#include "frontend/onnx/Schema.h"

namespace ninc::onnx_import {

// Axis 0 is taken for the batch where all inputs have at least two dimensions and agree on it: --batch says
// what it is, or else the file, or else it is 1. Every other open extent must be in --shape; if one isn't,
// the error shows the option to give. None if errors were reported.
std::optional<std::vector<InputShape>> inputShapes(const std::vector<const onnx::ValueInfoProto *> &inputs,
                                                   const ImportOptions &options, Diagnostics &diagnostics);

} // namespace ninc::onnx_import
