// Places and weights as ONNX's operator Resize defines them.
#include "ir/ops/ResizeTaps.h"

#include <algorithm>
#include <cmath>

namespace ninc {

namespace {

// One dimension of a resize.
struct Dimension {
  double scale = 1;
  std::int64_t from = 1, to = 1; // extents
  double start = 0, end = 1;     // of what is cropped, in the operand's extent
};

Dimension dimensionOf(const Resize &resize, const Shape &operand, std::size_t dimension) {
  Dimension d{.from = operand[dimension], .to = resize.shape[dimension]};
  d.scale = resize.scales.empty() ? static_cast<double>(d.to) / static_cast<double>(d.from)
                                  : double{resize.scales[dimension]};
  if (!resize.roi.empty()) d.start = resize.roi[dimension], d.end = resize.roi[operand.size() + dimension];
  return d;
}

double placeOf(ResizeGrid grid, const Dimension &d, std::int64_t element) {
  const auto i = static_cast<double>(element), from = static_cast<double>(d.from);
  const double width = d.scale * from, halfPixel = (i + 0.5) / d.scale - 0.5;
  switch (grid) {
  case ResizeGrid::halfPixel:
    return halfPixel;
  case ResizeGrid::halfPixelSymmetric:
    return from / 2 * (1 - static_cast<double>(d.to) / width) + halfPixel;
  case ResizeGrid::pytorchHalfPixel:
    return d.to > 1 ? halfPixel : 0;
  case ResizeGrid::asymmetric:
    return i / d.scale;
  case ResizeGrid::alignCorners:
    return d.to > 1 ? i * (from - 1) / (width - 1) : 0;
  case ResizeGrid::cropAndResize:
    if (d.to == 1) return (d.start + d.end) * (from - 1) / 2;
    // The last one's is the end's to the bit, or it would lie outside.
    return d.start * (from - 1) + i * ((d.end - d.start) * (from - 1)) / static_cast<double>(d.to - 1);
  }
  return 0;
}

// How far weights reach on either side, in the operand's elements: an antialiased triangle or cubic is as
// much wider as the operand is larger.
double stretchOf(const Resize &resize, const Dimension &d) {
  return resize.antialiases && resize.interpolation != Interpolation::nearest ? std::min(d.scale, 1.0) : 1;
}

double reachOf(const Resize &resize) {
  return resize.interpolation == Interpolation::cubic ? 2 : 1;
}

std::int64_t tapsOf(const Resize &resize, const Dimension &d) {
  if (resize.interpolation == Interpolation::nearest) return 1;
  return 2 * static_cast<std::int64_t>(-std::floor(-reachOf(resize) / stretchOf(resize, d)));
}

// The weight of what lies `distance` elements from a place.
double weightAt(const Resize &resize, double distance) {
  const double x = std::abs(distance), a = resize.coefficient;
  if (resize.interpolation == Interpolation::linear) return std::max(1 - x, 0.0);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}

std::int64_t nearestTo(NearestRule rule, double place) {
  const double below = std::floor(place), above = std::ceil(place), rest = place - below;
  const bool takesAbove = rule == NearestRule::ceil || (rule == NearestRule::preferFloor && rest > 0.5) ||
                          (rule == NearestRule::preferCeil && rest >= 0.5);
  return static_cast<std::int64_t>(takesAbove ? above : below);
}

void divideBySum(std::vector<double> &weights) {
  double sum = 0;
  for (double weight : weights)
    sum += weight;
  for (double &weight : weights)
    weight /= sum;
}

// The weights of the elements from `first` on, for that place.
std::vector<double> weightsOf(const Resize &resize, const Dimension &d, double place, std::int64_t first,
                              std::int64_t count) {
  const double stretch = stretchOf(resize, d);
  std::vector<double> weights;
  for (std::int64_t t = 0; t < count; ++t)
    weights.push_back(weightAt(resize, stretch * (static_cast<double>(first + t) - place)));
  if (resize.antialiases) divideBySum(weights);
  if (!resize.excludesOutside) return weights;
  std::vector<double> inside = weights;
  for (std::int64_t t = 0; t < count; ++t)
    if (first + t < 0 || first + t >= d.from) inside[static_cast<std::size_t>(t)] = 0;
  // A place that is cropped from far outside has no element inside to be made of: the edge's is all there is.
  if (std::ranges::all_of(inside, [](double weight) { return weight == 0; })) return weights;
  divideBySum(inside);
  return inside;
}

ResizeTaps tapsAlong(const Resize &resize, const Dimension &d, std::size_t dimension) {
  ResizeTaps taps{dimension, d.to, tapsOf(resize, d), {}, {}};
  const auto numbers = static_cast<std::size_t>(taps.size * taps.count);
  taps.positions.resize(numbers);
  taps.weights.resize(numbers, 1);
  for (std::int64_t i = 0; i < d.to; ++i) {
    const double place = placeOf(resize.grid, d, i);
    const bool isNearest = resize.interpolation == Interpolation::nearest;
    // Of an even number of taps as many on either side; the place itself counts to those below.
    const std::int64_t first = isNearest ? nearestTo(resize.nearest, place)
                                         : static_cast<std::int64_t>(std::ceil(place)) - taps.count / 2;
    const std::vector<double> weights =
        isNearest ? std::vector<double>{1} : weightsOf(resize, d, place, first, taps.count);
    for (std::int64_t t = 0; t < taps.count; ++t) {
      const auto at = static_cast<std::size_t>(t * taps.size + i);
      taps.positions[at] = std::clamp<std::int64_t>(first + t, 0, d.from - 1);
      taps.weights[at] = weights[static_cast<std::size_t>(t)];
    }
  }
  return taps;
}

} // namespace

std::int64_t tapCount(const Resize &resize, const Shape &operand, std::size_t dimension) {
  return tapsOf(resize, dimensionOf(resize, operand, dimension));
}

bool isResized(const Resize &resize, const Shape &operand, std::size_t dimension) {
  const Dimension d = dimensionOf(resize, operand, dimension);
  return d.from != d.to || d.scale != 1 || d.start != 0 || d.end != 1;
}

double resizePlace(const Resize &resize, const Shape &operand, std::size_t dimension, std::int64_t element) {
  return placeOf(resize.grid, dimensionOf(resize, operand, dimension), element);
}

std::vector<ResizeTaps> resizeTaps(const Resize &resize, const Shape &operand) {
  std::vector<ResizeTaps> taps;
  for (std::size_t i = 0; i < operand.size(); ++i)
    if (isResized(resize, operand, i)) taps.push_back(tapsAlong(resize, dimensionOf(resize, operand, i), i));
  return taps;
}

} // namespace ninc
