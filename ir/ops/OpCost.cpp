#include "ir/ops/OpCost.h"

#include <algorithm>

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
  if (std::holds_alternative<MatMul>(op)) {
    const Shape &a = operands[0].shape, &b = operands[1].shape;
    std::int64_t sums = 1; // of a product
    for (std::size_t i = 0; i + 2 < a.size(); ++i)
      sums *= std::max(a[i], b[i]);
    return sums * a[a.size() - 2] * b.back() * a.back();
  }
  if (const auto *dense = std::get_if<Dense>(&op)) return dense->outFeatures * operands[0].shape[0];
  return 0;
}

} // namespace ninc
