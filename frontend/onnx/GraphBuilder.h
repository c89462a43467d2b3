// The graph as it grows, with what there is to know of the file's tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "frontend/import/ConstantRoom.h"
#include "frontend/import/GrowingGraph.h"
#include "frontend/onnx/constants/ReadTensor.h"

namespace ninc::onnx_import {

class GraphBuilder : public GrowingGraph {
public:
  GraphBuilder(std::string name, std::optional<std::int64_t> batch, TensorReader &reader)
      : GrowingGraph(std::move(name), batch), tensors(reader) {}

  TensorReader &tensors;
  ConstantRoom roomForConstants; // that are computed
};

} // namespace ninc::onnx_import
