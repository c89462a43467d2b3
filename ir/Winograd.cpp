#include "ir/Winograd.h"

#include <array>
#include <cstddef>

#include "ir/TypeRules.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

// Finite points in the order in which they are taken. Powers of two keep products of entries exact.
constexpr std::array<double, mostWinogradFrequencies - 1> points{0,    1, -1, 2,    -2,   0.5,
                                                                 -0.5, 4, -4, 0.25, -0.25};

Matrix zeros(int rows, int columns) {
  return Matrix(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(columns)));
}

// Coefficients, lowest power first, of the product of (x - point) over the first `count` points, one left out
// (none where `without` is negative).
std::vector<double> polynomialWithRoots(int count, int without) {
  std::vector<double> product{1};
  for (int i = 0; i < count; ++i) {
    if (i == without) continue;
    const double root = points[static_cast<std::size_t>(i)];
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
  const int n = t.frequencies(), finite = n - 1;
  t.input = zeros(n, n);
  t.filter = zeros(n, taps);
  t.output = zeros(outputs, n);
  for (int k = 0; k < finite; ++k) {
    const auto row = static_cast<std::size_t>(k);
    // Lagrange's basis polynomial of point k: its numerator goes to the input, whose entries stay short
    // numbers that way, its denominator to the filter.
    const std::vector<double> numerator = polynomialWithRoots(finite, k);
    for (std::size_t j = 0; j < numerator.size(); ++j)
      t.input[row][j] = numerator[j];
    double denominator = 1;
    for (int l = 0; l < finite; ++l)
      if (l != k) denominator *= points[row] - points[static_cast<std::size_t>(l)];
    for (int j = 0; j < taps; ++j)
      t.filter[row][static_cast<std::size_t>(j)] = power(points[row], j) / denominator;
    for (int i = 0; i < outputs; ++i)
      t.output[static_cast<std::size_t>(i)][row] = power(points[row], i);
  }
  // The point at infinity picks the highest coefficients.
  const auto last = static_cast<std::size_t>(finite);
  const std::vector<double> all = polynomialWithRoots(finite, -1);
  for (std::size_t j = 0; j < all.size(); ++j)
    t.input[last][j] = all[j];
  t.filter[last].back() = 1;
  t.output.back()[last] = 1;
  return t;
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
  const std::int64_t rows = windowOutput(window, Rounding::floor, 0, x.shape[1]) + phase.kernel[0] - 1;
  const std::int64_t columns = windowOutput(window, Rounding::floor, 1, x.shape[2]) + phase.kernel[1] - 1;
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
