// The graph as it grows, with what there is to know of the file's tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "frontend/import/GrowingGraph.h"
#include "frontend/onnx/constants/ReadTensor.h"

namespace ninc::onnx_import {

class GraphBuilder : public GrowingGraph {
public:
  GraphBuilder(std::string name, std::optional<std::int64_t> batch, TensorReader &reader)
      : GrowingGraph(std::move(name), batch), tensors(reader) {}

  static constexpr std::int64_t mostConstants = std::int64_t{1} << 28;

  TensorReader &tensors;
  std::int64_t roomForConstants = mostConstants; // that are computed
};

} // namespace ninc::onnx_import
