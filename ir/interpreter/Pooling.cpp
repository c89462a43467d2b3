// Pooling by its definition: for every output, clip the window to the input, then take the maximum or the
// mean of what is left. Only the clipping is delicate: a window may begin in the padding before the input,
// and under ceil rounding it may reach past the padding behind it.
#include <algorithm>
#include <limits>

#include "ir/interpreter/OpEvaluation.h"
#include "ir/ops/Window.h"

namespace ninc::reference {

namespace {

// What one window reads along one axis: input positions first, first + dilation, ... below `end`.
struct Span {
  std::int64_t first = 0, end = 0;
  std::int64_t padded = 0; // how many of the window's positions lie inside the padded input (dilation 1)
};

Span clip(std::int64_t output, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
          std::int64_t before, std::int64_t after, std::int64_t inputs) {
  const std::int64_t start = output * stride - before;
  const std::int64_t stop = start + dilation * (kernel - 1) + 1;
  Span span;
  span.first = start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation;
  span.end = std::min(stop, inputs);
  span.padded = std::min(stop, inputs + after) - start;
  return span;
}

Span rowsOf(const Window &w, std::int64_t i, std::int64_t inputs) {
  return clip(i, w.kernel[0], w.stride[0], w.dilation[0], w.pad.top, w.pad.bottom, inputs);
}

Span columnsOf(const Window &w, std::int64_t j, std::int64_t inputs) {
  return clip(j, w.kernel[1], w.stride[1], w.dilation[1], w.pad.left, w.pad.right, inputs);
}

// Calls reduce(map, rows, columns) for every output, `map` being the input map it reads.
template <class Reduce>
Tensor slide(const Window &window, PoolExtent extent, const Tensor &x, Reduce reduce) {
  const std::int64_t inRows = x.shape[1], inColumns = x.shape[2];
  Tensor y = zeros(
      {x.shape[0], windowOutput(window, extent, 0, inRows), windowOutput(window, extent, 1, inColumns)});
  float *out = y.data.data();
  for (std::int64_t c = 0; c < y.shape[0]; ++c)
    for (std::int64_t i = 0; i < y.shape[1]; ++i)
      for (std::int64_t j = 0; j < y.shape[2]; ++j)
        *out++ = reduce(x.data.data() + c * inRows * inColumns, rowsOf(window, i, inRows),
                        columnsOf(window, j, inColumns));
  return y;
}

} // namespace

Tensor maxPool(const Window &window, PoolExtent extent, const Tensor &x) {
  const std::int64_t width = x.shape[2];
  return slide(window, extent, x, [&](const float *map, const Span &rows, const Span &columns) {
    float largest = -std::numeric_limits<float>::infinity();
    for (std::int64_t i = rows.first; i < rows.end; i += window.dilation[0])
      for (std::int64_t j = columns.first; j < columns.end; j += window.dilation[1])
        largest = std::max(largest, map[i * width + j]);
    return largest;
  });
}

Tensor averagePool(const AveragePool &op, const Tensor &x) {
  const std::int64_t width = x.shape[2];
  return slide(op.window, op.extent, x, [&](const float *map, const Span &rows, const Span &columns) {
    double sum = 0;
    for (std::int64_t i = rows.first; i < rows.end; ++i)
      for (std::int64_t j = columns.first; j < columns.end; ++j)
        sum += map[i * width + j];
    const std::int64_t inside = (rows.end - rows.first) * (columns.end - columns.first);
    return static_cast<float>(
        sum / static_cast<double>(op.countIncludePad ? rows.padded * columns.padded : inside));
  });
}

Tensor globalAverage(const Tensor &x) {
  const std::int64_t size = x.shape[1] * x.shape[2];
  Tensor y = zeros({x.shape[0]});
  const float *in = x.data.data();
  for (float &mean : y.data) {
    double sum = 0;
    for (std::int64_t i = 0; i < size; ++i)
      sum += *in++;
    mean = static_cast<float>(sum / static_cast<double>(size));
  }
  return y;
}

Tensors evaluate(const MaxPool &op, Operands operands) {
  return single(maxPool(op.window, op.extent, *operands[0]));
}

Tensors evaluate(const AveragePool &op, Operands operands) {
  return single(averagePool(op, *operands[0]));
}

Tensors evaluate(const GlobalAveragePool &, Operands operands) {
  return single(globalAverage(*operands[0]));
}

} // namespace ninc::reference
