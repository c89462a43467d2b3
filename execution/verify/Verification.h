// The comparison behind `ninc verify`: every layer of a library that survives optimisation, and every
// output, against the reference interpreter's evaluation of the model as it was written.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "execution/model/LoadedModel.h"
#include "ir/Graph.h"
#include "ir/Winograd.h"

namespace ninc {

struct LayerComparison {
  std::string name; // of the value, the same in model and library
  Shape shape;
  double maxError = 0; // largest |library - reference|; of numbers of elements, by how much these are smaller
  double maxReference = 0; // largest |reference|, of the elements
  double bound = 0;        // what rounding may cost at this layer (docs/numerics.md)
  bool agrees = true;      // maxError <= bound and no NaN where the reference has none
  bool output = false;     // of a whole run (the worst image of a batch), not of a single step
};

struct Verification {
  std::vector<LayerComparison> layers; // in the model's order, outputs of whole runs last
  // The first layer that doesn't agree, or empty.
  std::string firstDivergence() const;
  // Takes over what is worse in `other`, the same library's comparison on other inputs.
  void merge(const Verification &other);
};

// One set of inputs can miss a fault: a wrong weight behind a ReLU that is off for it changes nothing. Verify
// on several and merge.
//
// `model` is the graph before optimisation, parameters bound; `inputs` are in its order, each
// [batch, shape...]. Image 0 is computed kernel by kernel and every result compared, then a whole run's
// outputs for every image. The library must have the model's inputs and outputs (names, shapes); that it
// hasn't is an error, not a divergence. Where the library's kernels compute by Winograd's transforms, the
// bound is that of the transforms; where they store halves, that of halves.
Result<Verification> verifyLibrary(const Graph &model, LoadedModel &library,
                                   const std::vector<Tensor> &inputs);

} // namespace ninc
