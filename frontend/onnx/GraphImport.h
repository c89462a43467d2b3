// Nodes in their order -> a graph, once with a batch and, if its images meet somewhere, once without.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "frontend/import/Batch.h"
#include "frontend/onnx/GraphBuilder.h"
#include "frontend/onnx/Meaning.h"
#include "frontend/onnx/NodeOrder.h"
#include "support/Diagnostics.h"

namespace ninc::onnx_import {

// All that there is to import, checked already.
struct GraphSource {
  std::int64_t opset = 0;
  NodeOrder order;
  std::vector<InputShape> inputs;
  std::vector<std::string> outputs;
  std::unordered_map<std::string_view, const onnx::TensorProto *> initializers;
};

// `batch`: the graph's shapes are without axis 0, which has that extent; none: shapes are the file's. `read`
// keeps what the tensors of the file hold from one attempt to the next.
using ReadTensors = std::unordered_map<std::string, Literal>;
ImportAttempt importGraph(const GraphSource &source, const std::string &name,
                          std::optional<std::int64_t> batch, TensorReader &reader, ReadTensors &read,
                          Diagnostics &diagnostics);

} // namespace ninc::onnx_import
