// A stage of a Network In Network as kernels see it: a first window over the maps, pointwise layers on each
// of its pixels, and an epilogue on the last maps before they leave.
//
// An mlpconv is a stage, and so is a lone convolution (without pointwise layers). Whoever asks how such an
// op is computed (family, geometry, packing) asks its stage, so the question which op it came from is
// answered here alone. An epilogue may read operands beside the maps (a residual). A first window may be
// depthwise; kernels exist for that only as far as familyOf (codegen/schedule/Schedule.h) says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/Types.h"
#include "ir/ops/Ops.h"

namespace ninc {

// Which channels of the input an output channel of the first window reads.
enum class FirstWindow : std::uint8_t {
  dense,    // all: one group
  depthwise // one: as many groups as channels, more than one of them
};

struct ConvStage {
  FirstWindow firstWindow = FirstWindow::dense;
  std::vector<ConvLayer> layers; // at least one; the first has the window, the others are 1x1. As in the op
  Epilogue epilogue;
  // Operands of the spec that the epilogue reads, beside operand 0, which the first window reads.
  std::vector<std::size_t> epilogueOperands = {};

  const ConvLayer &first() const { return layers.front(); }
  std::size_t pointwiseLayers() const { return layers.size() - 1; }
};

// None for other ops, and for a convolution in groups of several channels, whose maps nobody could take
// through pointwise layers while they are in registers. `inputs` are the types of the op's operands.
std::optional<ConvStage> stageOf(const Op &op, const std::vector<TensorType> &inputs);

// Whether each channel of the input, of which there are several, is a group of its own.
bool isDepthwise(const ConvLayer &layer, const TensorType &input);

} // namespace ninc
