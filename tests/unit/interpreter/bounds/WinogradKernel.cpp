#include "tests/unit/interpreter/bounds/WinogradKernel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ir/ops/Window.h"

namespace ninc::testing {

namespace {

std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

float dot(const std::vector<double> &row, const float *x, std::size_t stride) {
  float sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row[i] != 0) sum = std::fma(static_cast<float>(row[i]), x[i * stride], sum);
  return sum;
}

// Rows p and -p as even part +- odd part, where each column belongs to one of the two.
bool isPair(const std::vector<double> &p, const std::vector<double> &q) {
  bool even = false, odd = false;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (std::abs(p[i]) != std::abs(q[i])) return false;
    if (p[i] != 0) (p[i] == q[i] ? even : odd) = true;
  }
  return even && odd;
}

// One pass of the input's transform, from x to y, whose elements stand `stride` apart.
void inputPass(const Matrix &matrix, const float *x, float *y, std::size_t stride) {
  for (std::size_t k = 0; k < matrix.size(); ++k) {
    if (k + 1 == matrix.size() || !isPair(matrix[k], matrix[k + 1])) {
      y[k * stride] = dot(matrix[k], x, stride);
      continue;
    }
    std::vector<double> even = matrix[k], odd = matrix[k];
    for (std::size_t i = 0; i < even.size(); ++i)
      (matrix[k][i] == matrix[k + 1][i] ? odd : even)[i] = 0;
    const float a = dot(even, x, stride), b = dot(odd, x, stride);
    y[k * stride] = a + b;
    y[++k * stride] = a - b;
  }
}

// One pass of the inverse transform: sums and differences of a pair's products first.
void outputPass(const Matrix &matrix, const float *x, float *y, std::size_t stride) {
  const std::size_t columns = matrix[0].size();
  std::vector<bool> paired(columns);
  std::vector<float> sums(columns), differences(columns);
  for (std::size_t k = 0; k + 1 < columns && matrix.size() > 1; ++k)
    if (!(k > 0 && paired[k - 1]) && matrix[1][k] != 0 && matrix[1][k] == -matrix[1][k + 1]) {
      paired[k] = true;
      sums[k] = x[k * stride] + x[(k + 1) * stride];
      differences[k] = x[k * stride] - x[(k + 1) * stride];
    }
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < columns; ++k) {
      const auto entry = static_cast<float>(matrix[i][k]);
      if (!paired[k]) {
        sum = std::fma(entry, x[k * stride], sum);
        continue;
      }
      const bool even = matrix[i][k] == matrix[i][k + 1];
      sum = std::fma(entry, even ? sums[k] : differences[k], sum);
      ++k;
    }
    y[i * stride] = sum;
  }
}

using Pass = void (*)(const Matrix &, const float *, float *, std::size_t);

// Both passes over one tile, n x n' to m x m'.
std::vector<float> transform(const Matrix &rows, const Matrix &columns, const std::vector<float> &tile,
                             Pass pass) {
  const std::size_t height = rows[0].size(), width = columns[0].size();
  std::vector<float> half(height * columns.size()), result(rows.size() * columns.size());
  for (std::size_t i = 0; i < height; ++i)
    pass(columns, tile.data() + i * width, half.data() + i * columns.size(), 1);
  for (std::size_t j = 0; j < columns.size(); ++j)
    pass(rows, half.data() + j, result.data() + j, columns.size());
  return result;
}

// U, [frequency][channel][output channel].
std::vector<float> transformFilters(const TileTransforms &transforms, const Tensor &weight) {
  const Matrix &rows = transforms.rows.filter, &columns = transforms.columns.filter;
  const std::size_t outChannels = size(weight.shape[0]), channels = size(weight.shape[1]),
                    height = size(weight.shape[2]), width = size(weight.shape[3]);
  std::vector<float> filters;
  for (const std::vector<double> &row : rows)
    for (const std::vector<double> &column : columns)
      for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t o = 0; o < outChannels; ++o) {
          double sum = 0;
          for (std::size_t a = 0; a < height; ++a)
            for (std::size_t b = 0; b < width; ++b)
              sum += row[a] * column[b] * weight.data[((o * channels + c) * height + a) * width + b];
          filters.push_back(static_cast<float>(sum));
        }
  return filters;
}

} // namespace

TileTransforms transformsOf(const ConvLayer &layer, WinogradTile tile) {
  const Window window = phaseWindow(layer.window);
  return {winogradTransform(tile.rows, static_cast<int>(window.kernel[0])),
          winogradTransform(tile.columns, static_cast<int>(window.kernel[1]))};
}

Tensor convolveByWinograd(const ConvLayer &layer, const TileTransforms &transforms, const Tensor &x,
                          std::mt19937 &random) {
  const WinogradTransform &rows = transforms.rows, &columns = transforms.columns;
  const Tensor weight = phaseWeights(layer), pixels = phases(layer.window, x);
  const std::vector<float> filters = transformFilters(transforms, weight);
  const std::size_t channels = size(weight.shape[1]), outChannels = size(weight.shape[0]),
                    height = size(pixels.shape[1]), width = size(pixels.shape[2]), n = rows.input.size(),
                    m = columns.input.size(), frequencies = n * m;
  Tensor y{{layer.outChannels, windowOutput(layer.window, PoolExtent::floor, 0, x.shape[1]),
            windowOutput(layer.window, PoolExtent::floor, 1, x.shape[2])},
           {}};
  y.data.resize(size(elementCount(y.shape)));
  std::vector<std::size_t> order(channels);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::shuffle(order, random);

  const std::size_t outRows = size(y.shape[1]), outColumns = size(y.shape[2]);
  for (std::size_t top = 0; top < outRows; top += size(rows.outputs))
    for (std::size_t left = 0; left < outColumns; left += size(columns.outputs)) {
      std::vector<std::vector<float>> inputs; // V, [channel][frequency]
      for (std::size_t c = 0; c < channels; ++c) {
        std::vector<float> tile(frequencies);
        for (std::size_t i = 0; i < n && top + i < height; ++i)
          for (std::size_t j = 0; j < m && left + j < width; ++j)
            tile[i * m + j] = pixels.data[(c * height + top + i) * width + left + j];
        inputs.push_back(transform(rows.input, columns.input, tile, inputPass));
      }
      std::vector<float> products(outChannels * frequencies); // M, [output channel][frequency]
      std::vector<float> sums(outChannels);
      for (std::size_t f = 0; f < frequencies; ++f) {
        std::ranges::fill(sums, 0.0f);
        for (std::size_t c : order)
          for (std::size_t o = 0; o < outChannels; ++o)
            sums[o] = std::fma(inputs[c][f], filters[(f * channels + c) * outChannels + o], sums[o]);
        for (std::size_t o = 0; o < outChannels; ++o)
          products[o * frequencies + f] = sums[o];
      }
      for (std::size_t o = 0; o < outChannels; ++o) {
        const auto first = products.begin() + static_cast<std::ptrdiff_t>(o * frequencies);
        const std::vector<float> outputs = transform(
            rows.output, columns.output,
            std::vector<float>(first, first + static_cast<std::ptrdiff_t>(frequencies)), outputPass);
        for (std::size_t i = 0; i < size(rows.outputs) && top + i < outRows; ++i)
          for (std::size_t j = 0; j < size(columns.outputs) && left + j < outColumns; ++j) {
            float sum = outputs[i * size(columns.outputs) + j];
            if (layer.hasBias) sum += layer.bias->data[o];
            if (layer.activation == Unary{UnaryKind::relu}) sum = std::max(sum, 0.0f);
            y.data[(o * outRows + top + i) * outColumns + left + j] = sum;
          }
      }
    }
  return y;
}

} // namespace ninc::testing
