// How far a correct f32 kernel may be from the reference: one number a value, computed beside the values.
//
// A kernel may add the terms of a reduction in any order and fuse multiplications with additions; the
// reference adds in double precision. What that can cost at a layer is followed from the inputs to every
// value: rounding made here, plus what this layer makes of its operands' errors. The derivation, and where
// it is a statistical bound rather than a certain one, is docs/numerics.md.
#pragma once

#include <map>
#include <string>

#include "ir/Graph.h"
#include "ir/Winograd.h"

namespace ninc {

// For every value of the graph, by name, the largest absolute difference that rounding explains in any of its
// elements. `values` is what evaluateAll gave for this graph, whose parameters are bound; where either isn't
// so there is nothing to say, and the map is empty. Inputs and constants have bound 0. Costs about four
// evaluations.
//
// `storage` is what kernels keep weights and values between layers in. Inputs, outputs, biases and sums are
// f32; but an output may be a copy of what was kept between, where the passes have written its op as two.
//
// `winograd` names the results of those convolutions and mlpconvs whose (first) convolution the kernel
// computes by Winograd's transforms, with the tile. A tile for anything else, or one that hasWinograd
// refuses, is ignored.
std::map<std::string, double> errorBounds(const Graph &graph, const std::map<std::string, Tensor> &values,
                                          const std::map<std::string, WinogradTile> &winograd = {},
                                          ElementType storage = ElementType::f32);

} // namespace ninc
