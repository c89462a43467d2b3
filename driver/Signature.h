// What a model takes and gives, whether it is text or a library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "execution/model/RunShape.h"
#include "ir/Graph.h"

namespace ninc {

struct NamedShape {
  std::string name;
  Shape shape;               // of one image, in the order of memory
  std::string original = {}; // what the model's file calls it; empty where that is its name
  ElementType element = ElementType::f32;
  Layout layout = Layout::chw; // hwc: a pixel's channels are neighbours, and the last dimension
  // Of an input: what is done to the numbers, where that is known, which it isn't of a library.
  Preprocessing preprocessing = {};
};

struct Signature {
  std::vector<NamedShape> inputs, outputs;
  std::int64_t batch = 1; // images a run
};

Signature signatureOf(const Graph &graph);
// Of a library at one of its sizes.
Signature signatureOf(const ninc_model &model, RunShape shape);

} // namespace ninc
