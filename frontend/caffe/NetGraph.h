// The graph of a net as it grows, with the trained net's numbers.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "frontend/caffe/Weights.h"
#include "frontend/import/ConstantRoom.h"
#include "frontend/import/GrowingGraph.h"

namespace ninc::caffe_import {

// A value of the net with its extents, of which the first one is the batch.
struct NetValue {
  Dims dims;
  Value value;
  bool isReadOnce = false; // by one layer, and by nobody outside
};

class NetGraph : public GrowingGraph {
public:
  NetGraph(std::string name, std::optional<std::int64_t> batch, const Weights &trained)
      : GrowingGraph(std::move(name), batch), weights(trained) {}

  const Weights &weights;
  std::vector<std::string> withoutNumbers; // layers that have none in the trained net, but need some
  bool asksForNumbers = false;             // whether any layer does
  std::unordered_set<Value> unscaled;      // what normalisations make that a scale may follow
  ConstantRoom roomForConstants;           // that are made here
};

} // namespace ninc::caffe_import
