// Convolutions, alone and fused with what follows them.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "ir/Tensor.h"
#include "ir/ops/Activation.h"
#include "ir/ops/OpTraits.h"
#include "ir/ops/Pointwise.h"
#include "ir/ops/Pooling.h"
#include "ir/ops/Window.h"

namespace ninc {

// One convolution with what follows it element by element:
//   y[o, i, j] = act(bias[o] + sum over c, a, b of weight[o, c, a, b] * x[g*C/groups + c, rows, columns])
// x zero outside, g = o / (O/groups), rows and columns as in Window. weight is [O, C/groups, kH, kW], bias
// [O] or absent.
struct ConvLayer {
  std::int64_t outChannels = 0;
  Window window;
  std::int64_t groups = 1;
  bool hasBias = true;
  Activation activation;
  Parameter weight;
  Parameter bias;
  friend bool operator==(const ConvLayer &, const ConvLayer &) = default;
};

// 1x1, stride 1, unpadded, one group: what an mlpconv's later layers are.
inline bool isPointwise(const ConvLayer &layer) {
  return layer.window == Window{} && layer.groups == 1;
}

// [C, H, W] -> [O, H', W']. Parameters `weight`, `bias`.
struct Conv2d {
  ConvLayer layer;
  static constexpr OpTraits traits = {};
  friend bool operator==(const Conv2d &, const Conv2d &) = default;
};

// What an mlpconv does to its last maps before they leave the kernel.
struct NoEpilogue {
  friend bool operator==(const NoEpilogue &, const NoEpilogue &) = default;
};

// The maps go through a pooling window (as MaxPool or AveragePool) and only its result is stored.
struct PoolEpilogue {
  PoolKind kind = PoolKind::max;
  Window window;
  PoolExtent extent = PoolExtent::floor;
  bool countIncludePad = false; // average only
  friend bool operator==(const PoolEpilogue &, const PoolEpilogue &) = default;
};

// The maps are averaged to one number each, [O], and go through softmax if it is set. With keepMaps the op
// has two results: the averages (or probabilities) first, then the maps [O, H, W].
struct GapEpilogue {
  bool softmax = false;
  bool keepMaps = false;
  friend bool operator==(const GapEpilogue &, const GapEpilogue &) = default;
};

// Each element goes through a chain on its way to memory. $0 is the last map's element, $1, $2, ... those of
// the op's operands 1, 2, ..., which are maps of the same shape (a residual, for one).
struct PointwiseEpilogue {
  PointwiseChain chain;
  friend bool operator==(const PointwiseEpilogue &, const PointwiseEpilogue &) = default;
};

using Epilogue = std::variant<NoEpilogue, PoolEpilogue, GapEpilogue, PointwiseEpilogue>;

// An mlpconv layer (Lin, Chen, Yan 2013, section 3.1): a k x k convolution and then 1 x 1 convolutions, each
// with bias and activation; [C, H, W] -> [O, H', W']. layers[0] may have any window and one group; every
// later layer is 1 x 1, stride 1, unpadded, one group. ReLU is the default activation in the text form.
// Operand 0 is the input; there are others where the epilogue is a chain that reads them. Parameters
// `0.weight`, `0.bias`, `1.weight`, ..., then those of the chain's steps, `step0.slope`, ...
struct Mlpconv {
  std::vector<ConvLayer> layers;
  Epilogue epilogue;
  static constexpr OpTraits traits = {};
  friend bool operator==(const Mlpconv &, const Mlpconv &) = default;
};

} // namespace ninc
