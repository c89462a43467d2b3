// Layers in their order -> a graph.
#pragma once

#include <string>
#include <vector>

#include "frontend/caffe/Inputs.h"
#include "frontend/caffe/Weights.h"
#include "frontend/caffe/Wiring.h"
#include "frontend/import/Batch.h"
#include "support/Diagnostics.h"

namespace ninc::caffe_import {

struct NetSource {
  Wiring wiring;
  std::vector<InputShape> inputs; // of Wiring::inputs
  Weights weights;
  bool needsNumbers = true; // else layers may go without
};

// `batch`: the graph's shapes are without axis 0, which has that extent; none: shapes are the net's.
ImportAttempt importNet(const NetSource &source, const std::string &name, std::optional<std::int64_t> batch,
                        Diagnostics &diagnostics);

} // namespace ninc::caffe_import
