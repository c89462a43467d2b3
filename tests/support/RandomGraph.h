// Random legal models for differential tests: every op, small shapes, bound weights, all decided by a seed.
// What a transformation does to a thousand of them is compared with the reference interpreter, and a model on
// which it fails is shrunk until every node left is needed for the failure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "ir/Graph.h"

namespace ninc::testing {

struct RandomGraphOptions {
  int ops = 12;                     // nodes besides inputs and constants, roughly
  std::int64_t largestExtent = 9;   // of an input map's height and width
  std::int64_t largestChannels = 8; // of inputs and layers
  std::int64_t mostElements = 4096; // of any value
};

// The same graph for the same seed and options on every machine. It has dead code, common subexpressions,
// constants and several outputs now and then, and values with the names of ops, since models have; no output
// is an input.
Graph randomGraph(std::uint64_t seed, const RandomGraphOptions &options = {});

// A tensor for each input, uniform in [-1, 1].
std::map<std::string, Tensor> randomInputs(const Graph &graph, std::uint64_t seed);

// Takes every parameter away, as before weights are bound.
void unbindParameters(Graph &graph);

// A smaller graph that still fails: outputs are dropped, nodes bypassed and dead code removed as long as
// `fails` says true of what is left. `fails(graph)` must be true to begin with, and must not change it.
Graph shrink(const Graph &graph, const std::function<bool(const Graph &)> &fails);

} // namespace ninc::testing
