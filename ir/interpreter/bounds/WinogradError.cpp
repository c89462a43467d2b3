// Variances of independent roundings, carried through the transforms by their squared matrices.
//
// With N terms in the two passes of a transform, C channels and u = 2^-24, at each frequency f of a tile
//
//   V = B^T d B       is off by S = u sqrt(N (B^T)^2 d^2 B^2), squares by entry;
//   M = sum_c V U     is off by R = u ((3 + sqrt(C)/4) sum |V U| + C/4 |M|) from its own products and sums
//                     and by max(sqrt(sum U^2 S^2), |sum U S|) from those of V;
//   y = A^T M A       is off by sqrt of (A^T)^2 (R^2 + max(...)^2 + u^2 N M^2) A^2.
//
// 3 rather than the 2 of a plain sum is for the rounding of U to f32. Everything here is double precision.
#include "ir/interpreter/bounds/WinogradError.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ir/interpreter/bounds/UnitRoundoff.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

double square(double v) {
  return v * v;
}

std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

// One convolution of stride 1 without padding: [C, H, W] with weights [O, C, kH, kW].
struct TiledConvolution {
  const Tensor &x, &weight;
  WinogradTransform rows, columns;
  std::size_t tileRows = 0, tileColumns = 0; // how many tiles there are

  std::size_t tiles() const { return tileRows * tileColumns; }
  std::size_t channels() const { return size(x.shape[0]); }
  std::size_t outChannels() const { return size(weight.shape[0]); }
  double termsOfPasses() const { return rows.frequencies() + columns.frequencies(); }
};

// V and its error at one frequency, both [tile][channel].
struct TransformedInput {
  std::vector<double> value, error;
};

TransformedInput transformInput(const TiledConvolution &convolution, std::size_t f, std::size_t g) {
  const std::vector<double> &alongRows = convolution.rows.input[f],
                            &alongColumns = convolution.columns.input[g];
  const Tensor &x = convolution.x;
  const std::size_t height = size(x.shape[1]), width = size(x.shape[2]);
  TransformedInput v;
  for (std::size_t tile = 0; tile < convolution.tiles(); ++tile) {
    const std::size_t top = tile / convolution.tileColumns * size(convolution.rows.outputs),
                      left = tile % convolution.tileColumns * size(convolution.columns.outputs);
    for (std::size_t c = 0; c < convolution.channels(); ++c) {
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < alongRows.size() && top + i < height; ++i)
        for (std::size_t j = 0; j < alongColumns.size() && left + j < width; ++j) {
          const double term =
              alongRows[i] * alongColumns[j] * x.data[(c * height + top + i) * width + left + j];
          sum += term;
          squares += square(term);
        }
      v.value.push_back(sum);
      v.error.push_back(unitRoundoff * std::sqrt(convolution.termsOfPasses() * squares));
    }
  }
  return v;
}

// U at one frequency, [channel][output channel].
std::vector<double> transformFilter(const TiledConvolution &convolution, std::size_t f, std::size_t g) {
  const std::vector<double> &alongRows = convolution.rows.filter[f],
                            &alongColumns = convolution.columns.filter[g];
  std::vector<double> u(convolution.channels() * convolution.outChannels());
  const float *weight = convolution.weight.data.data();
  for (std::size_t o = 0; o < convolution.outChannels(); ++o)
    for (std::size_t c = 0; c < convolution.channels(); ++c)
      for (double a : alongRows)
        for (double b : alongColumns)
          u[c * convolution.outChannels() + o] += a * b * *weight++;
  return u;
}

// The variance of M at one frequency and of what the inverse transform adds to it, [tile][output channel].
std::vector<double> productVariances(const TiledConvolution &convolution, std::size_t f, std::size_t g) {
  const TransformedInput v = transformInput(convolution, f, g);
  const std::vector<double> u = transformFilter(convolution, f, g);
  const std::size_t channels = convolution.channels(), outChannels = convolution.outChannels();
  const auto terms = static_cast<double>(channels);
  std::vector<double> variances;
  for (std::size_t tile = 0; tile < convolution.tiles(); ++tile) {
    std::vector<double> sum(outChannels), magnitudes(outChannels), independent(outChannels),
        coherent(outChannels);
    for (std::size_t c = 0; c < channels; ++c) {
      const double value = v.value[tile * channels + c], error = v.error[tile * channels + c];
      const double *weight = u.data() + c * outChannels;
      for (std::size_t o = 0; o < outChannels; ++o) {
        sum[o] += value * weight[o];
        magnitudes[o] += std::abs(value * weight[o]);
        independent[o] += square(error * weight[o]);
        coherent[o] += error * weight[o];
      }
    }
    for (std::size_t o = 0; o < outChannels; ++o) {
      const double rounding =
          unitRoundoff * ((3 + std::sqrt(terms) / 4) * magnitudes[o] + terms / 4 * std::abs(sum[o]));
      variances.push_back(square(rounding) + std::max(independent[o], square(coherent[o])) +
                          square(unitRoundoff * sum[o]) * convolution.termsOfPasses());
    }
  }
  return variances;
}

// The largest variance among the outputs of each tile, [tile][output channel]: a kernel may begin its tiles
// elsewhere, which changes an output's place in its tile.
std::vector<double> tileVariances(const TiledConvolution &convolution) {
  const auto rows = size(convolution.rows.outputs), columns = size(convolution.columns.outputs);
  std::vector<std::vector<double>> variances( // by the output's place in the tile
      rows * columns, std::vector<double>(convolution.tiles() * convolution.outChannels()));
  for (std::size_t f = 0; f < size(convolution.rows.frequencies()); ++f)
    for (std::size_t g = 0; g < size(convolution.columns.frequencies()); ++g) {
      const std::vector<double> products = productVariances(convolution, f, g);
      for (std::size_t place = 0; place < variances.size(); ++place) {
        const double factor = square(convolution.rows.output[place / columns][f] *
                                     convolution.columns.output[place % columns][g]);
        if (factor == 0) continue;
        for (std::size_t i = 0; i < products.size(); ++i)
          variances[place][i] += factor * products[i];
      }
    }
  std::vector<double> largest = variances[0];
  for (const std::vector<double> &others : variances)
    for (std::size_t i = 0; i < largest.size(); ++i)
      largest[i] = std::max(largest[i], others[i]);
  return largest;
}

} // namespace

Tensor winogradRounding(const ConvLayer &layer, WinogradTile tile, const Tensor &x, const Tensor &sums) {
  const Window window = phaseWindow(layer.window);
  const Tensor pixels = phases(layer.window, x), weight = phaseWeights(layer);
  const std::size_t height = size(sums.shape[1]), width = size(sums.shape[2]),
                    outChannels = size(sums.shape[0]);
  const TiledConvolution convolution{pixels,
                                     weight,
                                     winogradTransform(tile.rows, static_cast<int>(window.kernel[0])),
                                     winogradTransform(tile.columns, static_cast<int>(window.kernel[1])),
                                     divideUp(height, size(tile.rows)),
                                     divideUp(width, size(tile.columns))};
  const std::vector<double> variances = tileVariances(convolution);
  Tensor errors = sums;
  float *error = errors.data.data(); // holds the sum until it is replaced
  for (std::size_t o = 0; o < outChannels; ++o) {
    const double bias = layer.hasBias ? std::abs(static_cast<double>(layer.bias->data[o])) : 0.0;
    for (std::size_t i = 0; i < height; ++i)
      for (std::size_t j = 0; j < width; ++j, ++error) {
        const std::size_t at = i / size(tile.rows) * convolution.tileColumns + j / size(tile.columns);
        const double sum = std::abs(static_cast<double>(*error));
        *error =
            static_cast<float>(std::sqrt(variances[at * outChannels + o]) +
                               unitRoundoff * (bias + 2 * sum)); // the bias's addition, the last rounding
      }
  }
  return errors;
}

} // namespace ninc
