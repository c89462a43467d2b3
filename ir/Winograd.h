// Winograd's minimal filtering as numbers: the matrices that turn a convolution into fewer multiplications.
//
// F(m, r) computes m neighbouring outputs of an r-tap correlation y[i] = sum_j g[j] d[i + j] from the
// m + r - 1 inputs d with m + r - 1 multiplications instead of m * r:
//
//   y = output ((filter g) * (input d))            * element by element
//
// Applied along rows and columns of a map, a tile of m x m outputs costs (m + r - 1)^2 multiplications a
// channel instead of m^2 r^2. Winograd, "Arithmetic Complexity of Computations" (1980); Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks" (2016), whose B^T, G, A^T are `input`, `filter`, `output`.
//
// The matrices are Cook and Toom's: filter and outputs are polynomials evaluated at m + r - 2 points and at
// infinity, and what undoes it is Lagrange's interpolation, transposed. Every choice of distinct points is
// exact in real arithmetic; rounding grows with the size of the entries, so the points are 0 and pairs +-p
// of numbers around 1 (Barabasz et al., "Error Analysis and Improving the Accuracy of
// Winograd Convolution for Deep Neural Networks", 2020).
#pragma once

#include <cstdint>
#include <vector>

#include "ir/ops/Ops.h"

namespace ninc {

using Matrix = std::vector<std::vector<double>>; // rows

struct WinogradTransform {
  int outputs = 1; // m
  int taps = 1;    // r
  Matrix input;    // B^T: frequencies x frequencies
  Matrix filter;   // G: frequencies x taps
  Matrix output;   // A^T: outputs x frequencies

  int frequencies() const { return outputs + taps - 1; }
};

constexpr int mostWinogradFrequencies = 10;

// outputs >= 1, taps >= 1, outputs + taps - 1 at most mostWinogradFrequencies unless one of the two is 1:
// F(m, 1) and F(1, r) are identities and plain sums. Of all others the first row is of point 0 and the last
// of infinity; the rows of a pair of points +-p stand next to each other, p first.
WinogradTransform winogradTransform(int outputs, int taps);

// Outputs of a tile along rows and columns of the maps.
struct WinogradTile {
  int rows = 1, columns = 1;
  friend bool operator==(const WinogradTile &, const WinogradTile &) = default;
};

// Whether the layer's convolution can be computed in such tiles: neither groups nor dilation, and transforms
// for the taps that are left of a strided window.
bool hasWinograd(const ConvLayer &layer, WinogradTile tile);

// Up to which magnitude an input can be anything without a number overflowing on the way through the layer in
// such tiles, its bias and activation left aside. With direct sums that is the largest f32 divided by an
// output's sum of absolute weights, or by 1; here by growth(rows) * growth(columns) more.
double winogradRange(const ConvLayer &layer, WinogradTile tile);
// Code is made in such tiles only where that is at least this much: far beyond what pixels and maps of them
// hold.
constexpr double winogradPromise = 0x1p63;
// How much larger than an output's terms all together what is summed on the way to it can be, along one axis.
double growth(const WinogradTransform &transform);

// A strided convolution as one of stride 1: the input's pixels are dealt out to stride^2 phases, each with
// all channels, and the window shrinks to ceil(kernel / stride) taps over stride^2 times the channels, some
// of them zero. A window of stride 1 without padding stays as it is. Dilation must be 1, groups must be 1.
//
//   phases[(p * strideColumns + q) * C + c][i][j]
//       = x[c][i * strideRows + p - pad.top][j * strideColumns + q - pad.left]

// The window over the phases: stride 1, no padding.
Window phaseWindow(const Window &window);
// [O, C, kH, kW] -> [O, C * stride^2, kH', kW'].
Tensor phaseWeights(const ConvLayer &layer);
// [C, H, W] -> [C * stride^2, H', W'] with exactly the rows and columns that the windows of the outputs read.
Tensor phases(const Window &window, const Tensor &x);

} // namespace ninc
