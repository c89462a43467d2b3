// The comparison behind `ninc verify`: every layer of a library that survives optimisation, and every
// output, against the reference interpreter's evaluation of the model as it was written.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "execution/LoadedModel.h"
#include "ir/Graph.h"

namespace ninc {

struct LayerComparison {
  std::string name;     // of the value, the same in model and library
  Shape shape;
  double maxError = 0;  // largest |library - reference|
  double maxReference = 0; // largest |reference|
  double bound = 0;     // what rounding may cost at this layer (docs/numerics.md)
  bool agrees = true;   // maxError <= bound and no NaN where the reference has none
  bool output = false;
};

struct Verification {
  std::vector<LayerComparison> layers; // in execution order
  // The first layer that doesn't agree, or empty.
  std::string firstDivergence() const;
};

// `model` is the graph before optimisation, parameters bound. The library must have its inputs and outputs
// (names, shapes); that it hasn't is an error, not a divergence.
Result<Verification> verifyLibrary(const Graph &model, LoadedModel &library,
                                   const std::map<std::string, Tensor> &inputs);

} // namespace ninc
