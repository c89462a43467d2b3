#include "codegen/schedule/mlpconv/MlpconvGeometry.h"

#include <algorithm>
#include <utility>

#include "ir/ops/Window.h"
#include "support/Arithmetic.h"

namespace ninc {

MlpconvGeometry::MlpconvGeometry(const KernelSpec &spec)
    : MlpconvGeometry(stageOf(spec.op, spec.inputs).value(), spec) {}

MlpconvGeometry::MlpconvGeometry(ConvStage stage, const KernelSpec &spec)
    : firstWindow(stage.firstWindow), layers(std::move(stage.layers)), epilogue(stage.epilogue),
      epilogueOperands(std::move(stage.epilogueOperands)), images(spec.images) {
  const Shape &input = spec.inputs[0].shape;
  channels = input[0], height = input[1], width = input[2];
  rows = windowOutput(layers[0].window, PoolExtent::floor, 0, height);
  columns = windowOutput(layers[0].window, PoolExtent::floor, 1, width);
  pooledRows = rows, pooledColumns = columns;
  if (pool()) {
    pooledRows = windowOutput(pool()->window, pool()->extent, 0, rows);
    pooledColumns = windowOutput(pool()->window, pool()->extent, 1, columns);
  }
}

std::int64_t MlpconvGeometry::reduction(std::size_t i) const {
  if (i > 0) return maps(i - 1);
  const auto &kernel = layers[0].window.kernel;
  return kernel[0] * kernel[1] * (firstWindow == FirstWindow::dense ? channels : 1);
}

std::int64_t MlpconvGeometry::mostMaps() const {
  return std::ranges::max_element(layers, {}, &ConvLayer::outChannels)->outChannels;
}

std::int64_t MlpconvGeometry::paddedHeight() const {
  return height + layers[0].window.pad.top + layers[0].window.pad.bottom;
}

std::int64_t MlpconvGeometry::paddedWidth() const {
  return width + layers[0].window.pad.left + layers[0].window.pad.right;
}

std::int64_t MlpconvGeometry::pixelsOfPooledRow() const {
  const Window &window = pool()->window;
  return std::min(window.dilation[0] * (window.kernel[0] - 1) + 1, rows) * columns;
}

WinogradGeometry::WinogradGeometry(const MlpconvGeometry &geometry, const WinogradTile &tile)
    : images(geometry.images) {
  const Window &window = geometry.layers[0].window, phase = phaseWindow(window);
  rows = winogradTransform(tile.rows, static_cast<int>(phase.kernel[0]));
  columns = winogradTransform(tile.columns, static_cast<int>(phase.kernel[1]));
  channels = geometry.channels * window.stride[0] * window.stride[1];
  tileRows = divideUp(geometry.rows, tile.rows);
  tileColumns = divideUp(geometry.columns, tile.columns);
  paddedHeight = tileRows * tile.rows + phase.kernel[0] - 1;
  paddedWidth = tileColumns * tile.columns + phase.kernel[1] - 1;
}

std::int64_t WinogradGeometry::chunk(std::int64_t lanes) const {
  while (channels % lanes != 0)
    lanes /= 2;
  return lanes;
}

} // namespace ninc
