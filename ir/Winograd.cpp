#include "ir/Winograd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "ir/ops/Window.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

using Points = std::vector<double>;

// The finite points for each number of frequencies. All are multiples of 1/4, so that the entries of `input`
// and `output` are exact in f32. Chosen by the error of f32 convolutions of normal data with 192 channels.
// The largest of 3 to 30 thousand outputs, divided by what a plain f32 sum gives:
//
//   F(3, 3) 1.2    F(2, 5) 1.0    F(4, 3) 1.5    F(3, 5) 3.3    F(5, 3) 10
//   F(2, 7) 2.6    F(4, 5) 5.6    F(6, 3) 12     F(5, 5) 19     F(4, 7) 30    F(6, 5) 39
//
// Powers of two alone do worse: with 0, +-1, 2 F(3, 3) has 3.6, with 0, +-1, +-2 F(4, 3) has 5.6, and with 0,
// +-1, +-2, +-1/2, +-4 F(6, 5) has 1100. Among 7 and 8 frequencies nothing better was found.
const std::array<Points, mostWinogradFrequencies> pointsOfFrequencies{
    Points{},
    {0},
    {0, 1},
    {0, 1, -1},
    {0, 1.5, -1.5, 0.5},
    {0, 0.75, -0.75, 1.5, -1.5},
    {0, 1, -1, 2, -2, 0.5},
    {0, 1, -1, 2, -2, 0.5, -0.5},
    {0, 0.75, -0.75, 1.25, -1.25, 2, -2, 0.25},
    {0, 0.5, -0.5, 0.75, -0.75, 1.25, -1.25, 2.5, -2.5},
};

Matrix zeros(int rows, int columns) {
  return Matrix(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(columns)));
}

// Coefficients, lowest power first, of the product of (x - root) over the points, the one at `without` left
// out (none where there is no such point).
std::vector<double> polynomialWithRoots(const Points &points, std::size_t without) {
  std::vector<double> product{1};
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i == without) continue;
    const double root = points[i];
    product.push_back(0);
    for (std::size_t k = product.size() - 1; k > 0; --k)
      product[k] = product[k - 1] - root * product[k];
    product[0] *= -root;
  }
  return product;
}

double power(double base, int exponent) {
  double result = 1;
  for (int i = 0; i < exponent; ++i)
    result *= base;
  return result;
}

std::int64_t phaseCount(const Window &window) {
  return window.stride[0] * window.stride[1];
}

} // namespace

WinogradTransform winogradTransform(int outputs, int taps) {
  WinogradTransform t{outputs, taps, {}, {}, {}};
  const int n = t.frequencies();
  t.input = zeros(n, n);
  t.filter = zeros(n, taps);
  t.output = zeros(outputs, n);
  if (outputs == 1 || taps == 1) { // as many multiplications as terms: nothing to transform
    for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k) {
      t.input[k][k] = 1;
      t.filter[k][taps == 1 ? 0 : k] = 1;
      t.output[outputs == 1 ? 0 : k][k] = 1;
    }
    return t;
  }
  const std::size_t finite = static_cast<std::size_t>(n) - 1;
  const Points &points = pointsOfFrequencies[finite];
  for (std::size_t k = 0; k < finite; ++k) {
    // Lagrange's basis polynomial of point k: its numerator goes to the input, whose entries stay short
    // numbers that way, its denominator to the filter.
    std::ranges::copy(polynomialWithRoots(points, k), t.input[k].begin());
    double denominator = 1;
    for (std::size_t l = 0; l < finite; ++l)
      if (l != k) denominator *= points[k] - points[l];
    for (int j = 0; j < taps; ++j)
      t.filter[k][static_cast<std::size_t>(j)] = power(points[k], j) / denominator;
    for (int i = 0; i < outputs; ++i)
      t.output[static_cast<std::size_t>(i)][k] = power(points[k], i);
  }
  // The point at infinity picks the highest coefficients.
  std::ranges::copy(polynomialWithRoots(points, finite), t.input[finite].begin());
  t.filter[finite].back() = 1;
  t.output.back()[finite] = 1;
  return t;
}

bool hasWinograd(const ConvLayer &layer, WinogradTile tile) {
  const Window phase = phaseWindow(layer.window);
  auto hasTransform = [](std::int64_t outputs, std::int64_t taps) {
    return outputs >= 1 && outputs <= mostWinogradFrequencies && taps <= mostWinogradFrequencies &&
           (outputs == 1 || taps == 1 || outputs + taps - 1 <= mostWinogradFrequencies);
  };
  return layer.groups == 1 && layer.window.dilation == std::array<std::int64_t, 2>{1, 1} &&
         hasTransform(tile.rows, phase.kernel[0]) && hasTransform(tile.columns, phase.kernel[1]);
}

// The input's frequencies grow by the sums of the input matrix's rows. What a tap's weight makes of them goes
// to an output through all frequencies.
double growth(const WinogradTransform &transform) {
  std::vector<double> ofInput;
  for (const std::vector<double> &row : transform.input)
    ofInput.push_back(std::accumulate(row.begin(), row.end(), 0.0,
                                      [](double sum, double entry) { return sum + std::abs(entry); }));
  double most = *std::ranges::max_element(ofInput);
  for (const std::vector<double> &output : transform.output)
    for (std::size_t tap = 0; tap < transform.filter[0].size(); ++tap) {
      double sum = 0;
      for (std::size_t k = 0; k < output.size(); ++k)
        sum += std::abs(output[k] * transform.filter[k][tap]) * ofInput[k];
      most = std::max(most, sum);
    }
  return most;
}

double winogradRange(const ConvLayer &layer, WinogradTile tile) {
  const Window phase = phaseWindow(layer.window);
  const double grown = growth(winogradTransform(tile.rows, static_cast<int>(phase.kernel[0]))) *
                       growth(winogradTransform(tile.columns, static_cast<int>(phase.kernel[1])));
  const std::vector<float> &weights = layer.weight->data;
  const std::size_t length = weights.size() / static_cast<std::size_t>(layer.outChannels);
  double most = 1;
  for (std::size_t o = 0; o < weights.size(); o += length) {
    double sum = 0;
    for (std::size_t i = 0; i < length; ++i)
      sum += std::abs(double{weights[o + i]});
    most = std::max(most, sum);
  }
  return std::numeric_limits<float>::max() / most / grown;
}

Window phaseWindow(const Window &window) {
  Window phase;
  phase.kernel = {divideUp(window.kernel[0], window.stride[0]), divideUp(window.kernel[1], window.stride[1])};
  return phase;
}

Tensor phaseWeights(const ConvLayer &layer) {
  const Window &window = layer.window, phase = phaseWindow(window);
  const Shape &shape = layer.weight->shape;
  Tensor weights{{shape[0], shape[1] * phaseCount(window), phase.kernel[0], phase.kernel[1]}, {}};
  weights.data.resize(static_cast<std::size_t>(elementCount(weights.shape)));
  const float *from = layer.weight->data.data();
  for (std::int64_t o = 0; o < shape[0]; ++o)
    for (std::int64_t c = 0; c < shape[1]; ++c)
      for (std::int64_t a = 0; a < window.kernel[0]; ++a)
        for (std::int64_t b = 0; b < window.kernel[1]; ++b) {
          const std::int64_t phaseOfTap = a % window.stride[0] * window.stride[1] + b % window.stride[1];
          const std::int64_t channel = phaseOfTap * shape[1] + c;
          weights.data[static_cast<std::size_t>(
              ((o * weights.shape[1] + channel) * phase.kernel[0] + a / window.stride[0]) * phase.kernel[1] +
              b / window.stride[1])] = *from++;
        }
  return weights;
}

Tensor phases(const Window &window, const Tensor &x) {
  const Window phase = phaseWindow(window);
  const std::int64_t rows = windowOutput(window, PoolExtent::floor, 0, x.shape[1]) + phase.kernel[0] - 1;
  const std::int64_t columns = windowOutput(window, PoolExtent::floor, 1, x.shape[2]) + phase.kernel[1] - 1;
  Tensor result{{x.shape[0] * phaseCount(window), rows, columns}, {}};
  result.data.reserve(static_cast<std::size_t>(elementCount(result.shape)));
  for (std::int64_t p = 0; p < window.stride[0]; ++p)
    for (std::int64_t q = 0; q < window.stride[1]; ++q)
      for (std::int64_t c = 0; c < x.shape[0]; ++c)
        for (std::int64_t i = 0; i < rows; ++i)
          for (std::int64_t j = 0; j < columns; ++j) {
            const std::int64_t y = i * window.stride[0] + p - window.pad.top,
                               z = j * window.stride[1] + q - window.pad.left;
            const bool inside = y >= 0 && y < x.shape[1] && z >= 0 && z < x.shape[2];
            result.data.push_back(
                inside ? x.data[static_cast<std::size_t>((c * x.shape[1] + y) * x.shape[2] + z)] : 0.0f);
          }
  return result;
}

} // namespace ninc
