// Type rules of convolutions: each layer gives its channels, and maps as its window leaves them.
#include "ir/ops/Convolution.h"

#include <algorithm>
#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

namespace {

// The maps behind layer number `number`.
Checked<Shape> convolve(const ConvLayer &layer, std::size_t number, const Shape &maps) {
  const Part count = Part::count(number), groups{Part::Kind::groups};
  if (!inRange(layer.outChannels, 1))
    return refuse(count, fmt::format("conv needs at least 1 output channel, not {}", layer.outChannels));
  if (!inRange(layer.groups, 1))
    return refuse(groups, fmt::format("conv needs at least 1 group, not {}", layer.groups));
  if (maps[0] % layer.groups != 0 || layer.outChannels % layer.groups != 0)
    return refuse(groups,
                  fmt::format("conv has {} input and {} output channels, which {} groups don't divide",
                              maps[0], layer.outChannels, layer.groups));
  if (auto ok = checkActivation(layer.activation, number); !ok) return tl::unexpected(ok.error());
  auto extents = slide("conv", layer.window, PoolExtent::floor, maps);
  if (!extents) return tl::unexpected(extents.error());
  const Shape weight{layer.outChannels, maps[0] / layer.groups, layer.window.kernel[0],
                     layer.window.kernel[1]};
  if (auto ok = fits(weight, count); !ok)
    return refuse(count, fmt::format("conv weights: {}", ok.error().message));
  return Shape{layer.outChannels, (*extents)[0], (*extents)[1]};
}

// What leaves the kernel of a layer's last maps. `last` is what is at fault if they are too large.
struct AfterMaps {
  Shape maps;
  Operands operands; // the op's
  Part last;

  Checked<Types> operator()(const NoEpilogue &) const { return single(maps, last); }
  Checked<Types> operator()(const PoolEpilogue &epilogue) const;
  Checked<Types> operator()(const GapEpilogue &gap) const;
  Checked<Types> operator()(const PointwiseEpilogue &epilogue) const;
};

Checked<Types> AfterMaps::operator()(const PoolEpilogue &epilogue) const {
  auto pooled = pool(epilogue.kind == PoolKind::max ? "max_pool" : "average_pool", epilogue.window,
                     epilogue.extent, maps);
  auto types = pooled ? single(std::move(*pooled), {Part::Kind::pad}) : tl::unexpected(pooled.error());
  if (!types) types.error().part.ofEpilogue = true;
  return types;
}

Checked<Types> AfterMaps::operator()(const GapEpilogue &gap) const {
  auto types = single({maps[0]}, last);
  if (types && gap.keepMaps) types->push_back(TensorType{ElementType::f32, maps, Layout::chw});
  return types;
}

Checked<Types> AfterMaps::operator()(const PointwiseEpilogue &epilogue) const {
  auto ok = checkChain("mlpconv's chain", epilogue.chain, operands.size());
  if (!ok && ok.error().part == Part::operand(0))
    return refuse({}, "mlpconv's chain: no step reads $0, the last layer's maps");
  if (!ok) return tl::unexpected(ok.error());
  for (std::size_t i = 1; i < operands.size(); ++i)
    if (operands[i].shape != maps)
      return refuse(Part::operand(i),
                    fmt::format("mlpconv's chain reads operands of its maps' shape {}, not {}",
                                toString(maps), toString(operands[i].shape)));
  return single(maps, last);
}

} // namespace

Checked<Types> resultTypes(const Conv2d &op, Operands operands) {
  if (auto ok = expectMap("conv2d", operands); !ok) return tl::unexpected(ok.error());
  auto maps = convolve(op.layer, 0, operands[0].shape);
  if (!maps) return tl::unexpected(maps.error());
  return single(std::move(*maps), Part::count(0));
}

Checked<Types> resultTypes(const Mlpconv &op, Operands operands) {
  if (operands.size() > 1 && !std::holds_alternative<PointwiseEpilogue>(op.epilogue))
    return refuse(
        {}, fmt::format("mlpconv takes 1 operand, not {}; only a pointwise behind its layers reads more",
                        operands.size()));
  if (auto ok = expectMap("mlpconv", operands.first(std::min<std::size_t>(operands.size(), 1))); !ok)
    return tl::unexpected(ok.error());
  if (op.layers.empty()) return refuse({}, "mlpconv needs at least one layer");
  Shape maps = operands[0].shape;
  Part layer;
  for (std::size_t i = 0; i < op.layers.size(); ++i) {
    layer = Part::count(i);
    if (i > 0 && !isPointwise(op.layers[i]))
      return refuse(
          layer,
          fmt::format("layer {} of an mlpconv must be a 1x1 convolution; only the first has a window", i));
    if (op.layers[i].groups != 1) return refuse(layer, "an mlpconv's convolutions have one group");
    auto next = convolve(op.layers[i], i, maps);
    if (!next) return tl::unexpected(next.error());
    maps = std::move(*next);
    if (auto ok = fits(maps, layer); !ok) return tl::unexpected(ok.error());
  }
  return std::visit(AfterMaps{std::move(maps), operands, layer}, op.epilogue);
}

} // namespace ninc::rules
