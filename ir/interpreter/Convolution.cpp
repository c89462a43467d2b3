// Convolution by its definition, one output map at a time and one weight at a time.
//
// A weight sits at one place (a, b) of the window and sees one input map; it contributes weight * x to every
// output whose window puts that place inside the input. Which output rows and columns those are is known
// before the loop over them starts, so the loop itself has no tests for the border: "zero outside" is
// nothing added. Each output still sums its terms in the order of the definition: channel, row, column.
#include <algorithm>
#include <vector>

#include "ir/interpreter/OpEvaluation.h"
#include "ir/ops/Window.h"

namespace ninc::reference {

namespace {

// Outputs [first, end) along one axis.
struct Range {
  std::int64_t first = 0, end = 0;
};

// The outputs i, below `outputs`, for which i*stride + offset lies in [0, inputs).
Range outputsThatSee(std::int64_t offset, std::int64_t stride, std::int64_t inputs, std::int64_t outputs) {
  std::int64_t first = offset < 0 ? (-offset + stride - 1) / stride : 0;
  std::int64_t end = offset < inputs ? (inputs - 1 - offset) / stride + 1 : 0;
  return {first, std::min(end, outputs)};
}

// The extents of one input and one output map.
struct Maps {
  std::int64_t inRows = 0, inColumns = 0, outRows = 0, outColumns = 0;
};

// sums[i, j] += weight * x[i*stride + ..., j*stride + ...] for window place (a, b).
void addTap(double weight, std::int64_t a, std::int64_t b, const Window &window, const Maps &maps,
            const float *x, double *sums) {
  const std::int64_t rowOffset = a * window.dilation[0] - window.pad.top;
  const std::int64_t columnOffset = b * window.dilation[1] - window.pad.left;
  const std::int64_t stride = window.stride[1];
  const Range rows = outputsThatSee(rowOffset, window.stride[0], maps.inRows, maps.outRows);
  const Range columns = outputsThatSee(columnOffset, stride, maps.inColumns, maps.outColumns);
  const std::int64_t count = columns.end - columns.first;
  for (std::int64_t i = rows.first; i < rows.end; ++i) {
    const std::int64_t firstColumn = columns.first * stride + columnOffset;
    const float *in = x + (i * window.stride[0] + rowOffset) * maps.inColumns + firstColumn;
    double *out = sums + i * maps.outColumns + columns.first;
    if (stride == 1) // spelled out, since only this loop becomes vector code
      for (std::int64_t j = 0; j < count; ++j)
        out[j] += weight * static_cast<double>(in[j]);
    else
      for (std::int64_t j = 0; j < count; ++j)
        out[j] += weight * static_cast<double>(in[j * stride]);
  }
}

} // namespace

Tensor convolve(const ConvLayer &layer, const Tensor &x) {
  const Window &window = layer.window;
  const Maps maps{x.shape[1], x.shape[2], windowOutput(window, PoolExtent::floor, 0, x.shape[1]),
                  windowOutput(window, PoolExtent::floor, 1, x.shape[2])};
  const std::int64_t inSize = maps.inRows * maps.inColumns, outSize = maps.outRows * maps.outColumns;
  const std::int64_t groupInputs = x.shape[0] / layer.groups, groupOutputs = layer.outChannels / layer.groups;

  Tensor y = zeros({layer.outChannels, maps.outRows, maps.outColumns});
  std::vector<double> sums(static_cast<std::size_t>(outSize));
  const float *weight = layer.weight->data.data(); // walks through [O, C/groups, kH, kW] once
  for (std::int64_t o = 0; o < layer.outChannels; ++o) {
    std::ranges::fill(sums, layer.hasBias ? layer.bias->data[static_cast<std::size_t>(o)] : 0.0);
    const float *groupStart = x.data.data() + o / groupOutputs * groupInputs * inSize;
    for (std::int64_t c = 0; c < groupInputs; ++c)
      for (std::int64_t a = 0; a < window.kernel[0]; ++a)
        for (std::int64_t b = 0; b < window.kernel[1]; ++b)
          addTap(*weight++, a, b, window, maps, groupStart + c * inSize, sums.data());
    float *out = y.data.data() + o * outSize;
    for (std::int64_t i = 0; i < outSize; ++i)
      out[i] = static_cast<float>(activate(layer.activation, sums[static_cast<std::size_t>(i)]));
  }
  return y;
}

Tensors evaluate(const Conv2d &op, Operands operands) {
  return single(convolve(op.layer, *operands[0]));
}

Tensors evaluate(const Mlpconv &op, Operands operands) {
  Tensor maps = *operands[0];
  for (const ConvLayer &layer : op.layers)
    maps = convolve(layer, maps);

  return std::visit(Overloaded{
                        [&](const NoEpilogue &) { return single(std::move(maps)); },
                        [&](const PoolEpilogue &pool) {
                          if (pool.kind == PoolKind::max)
                            return single(maxPool(pool.window, pool.extent, maps));
                          return single(averagePool({pool.window, pool.extent, pool.countIncludePad}, maps));
                        },
                        [&](const GapEpilogue &gap) {
                          Tensor means = globalAverage(maps);
                          Tensors results = single(gap.softmax ? softmax(means) : std::move(means));
                          if (gap.keepMaps) results.push_back(std::move(maps));
                          return results;
                        },
                        [&](const PointwiseEpilogue &pointwise) {
                          std::vector<const Tensor *> elements{&maps};
                          elements.insert(elements.end(), operands.begin() + 1, operands.end());
                          return single(evaluateChain(pointwise.chain, elements));
                        },
                    },
                    op.epilogue);
}

} // namespace ninc::reference
