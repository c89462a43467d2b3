#include "ir/ops/OpCost.h"

namespace ninc {

namespace {

// One layer's; `maps` become its result's.
std::int64_t convMultiplies(const ConvLayer &layer, Shape &maps) {
  std::int64_t perOutput = maps[0] / layer.groups * layer.window.kernel[0] * layer.window.kernel[1];
  maps = {layer.outChannels, windowOutput(layer.window, PoolExtent::floor, 0, maps[1]),
          windowOutput(layer.window, PoolExtent::floor, 1, maps[2])};
  return perOutput * elementCount(maps);
}

} // namespace

std::int64_t multiplyAccumulates(const Op &op, std::span<const TensorType> operands) {
  if (const auto *conv = std::get_if<Conv2d>(&op)) {
    Shape maps = operands[0].shape;
    return convMultiplies(conv->layer, maps);
  }
  if (const auto *mlpconv = std::get_if<Mlpconv>(&op)) {
    Shape maps = operands[0].shape;
    std::int64_t sum = 0;
    for (const ConvLayer &layer : mlpconv->layers)
      sum += convMultiplies(layer, maps);
    return sum;
  }
  if (const auto *dense = std::get_if<Dense>(&op)) return dense->outFeatures * operands[0].shape[0];
  return 0;
}

} // namespace ninc
