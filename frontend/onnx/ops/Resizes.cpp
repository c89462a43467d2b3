// Operators that interpolate: what each dimension becomes, and by which rule.
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Arithmetic.h"
#include "frontend/onnx/ops/Moves.h"
#include "ir/ops/ResizeTaps.h"
#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

// How the operator was before it had rules.
bool isOld(const NodeImport &node) {
  return node.operatorName() == "Upsample" || node.opset < 11;
}

// The value of the attribute's word among those that are known.
template <class T, std::size_t count>
T valueOf(NodeImport &node, std::string_view attribute, std::string_view usual,
          const std::array<std::pair<std::string_view, T>, count> &words) {
  const std::string text = node.attributes.text(attribute, usual);
  std::string known;
  for (const auto &[word, value] : words) {
    if (word == text) return value;
    known += (known.empty() ? "'" : ", '") + std::string(word) + "'";
  }
  node.refuse(fmt::format("its {} is '{}'; {} are supported", attribute, asLine(text, 40), known));
  return words[0].second;
}

Resize rulesOf(NodeImport &node) {
  Resize resize;
  resize.interpolation =
      valueOf<Interpolation, 4>(node, "mode", "nearest",
                                {{{"nearest", Interpolation::nearest},
                                  {"linear", Interpolation::linear},
                                  {"bilinear", Interpolation::linear}, // of Upsample in opset 1
                                  {"cubic", Interpolation::cubic}}});
  resize.grid = valueOf<ResizeGrid, 6>(node, "coordinate_transformation_mode",
                                       isOld(node) ? "asymmetric" : "half_pixel",
                                       {{{"half_pixel", ResizeGrid::halfPixel},
                                         {"half_pixel_symmetric", ResizeGrid::halfPixelSymmetric},
                                         {"pytorch_half_pixel", ResizeGrid::pytorchHalfPixel},
                                         {"asymmetric", ResizeGrid::asymmetric},
                                         {"align_corners", ResizeGrid::alignCorners},
                                         {"tf_crop_and_resize", ResizeGrid::cropAndResize}}});
  resize.nearest = valueOf<NearestRule, 4>(node, "nearest_mode", isOld(node) ? "floor" : "round_prefer_floor",
                                           {{{"round_prefer_floor", NearestRule::preferFloor},
                                             {"round_prefer_ceil", NearestRule::preferCeil},
                                             {"floor", NearestRule::floor},
                                             {"ceil", NearestRule::ceil}}});
  resize.coefficient = node.attributes.real("cubic_coeff_a", -0.75f);
  resize.excludesOutside = node.attributes.integer("exclude_outside", 0) != 0;
  resize.antialiases = node.attributes.integer("antialias", 0) != 0;
  if (resize.grid == ResizeGrid::cropAndResize && resize.antialiases)
    node.refuse("its antialias isn't supported together with tf_crop_and_resize");
  return resize;
}

// What one dimension becomes.
struct Size {
  std::int64_t extent = 1;
  std::optional<float> scale; // where it isn't the ratio of the extents
};

// As ONNX Runtime computes it, in single precision.
Size sizeByScale(std::int64_t from, float scale) {
  const float size = std::floor(static_cast<float>(from) * scale);
  if (!(size >= 1 && size <= static_cast<float>(mostElements))) return {0, scale};
  const auto extent = static_cast<std::int64_t>(size);
  const bool isRatio = static_cast<double>(from) * double{scale} == static_cast<double>(extent);
  return {extent, isRatio ? std::nullopt : std::optional(scale)};
}

// One scale for all dimensions that are spoken of: the least or the most that their sizes ask for.
std::vector<Size> withOneScale(const Dims &from, const std::vector<std::int64_t> &sizes, bool takesLeast) {
  std::optional<double> scale;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double own = static_cast<double>(sizes[i]) / static_cast<double>(from[i]);
    scale = !scale ? own : takesLeast ? std::min(*scale, own) : std::max(*scale, own);
  }
  std::vector<Size> result;
  for (std::int64_t extent : from) {
    const double exact = static_cast<double>(extent) * scale.value_or(1);
    const bool isExtent = exact > 0 && exact <= static_cast<double>(mostElements);
    const std::int64_t size = isExtent ? static_cast<std::int64_t>(exact + 0.5) : 0; // which is refused
    result.push_back({size, exact == static_cast<double>(size) ? std::nullopt
                                                               : std::optional(static_cast<float>(*scale))});
  }
  return result;
}

// The scales: an attribute, or an input. None where there are sizes instead.
std::optional<std::vector<float>> scalesOf(NodeImport &node) {
  if (auto reals = node.attributes.reals("scales")) return reals;
  if (node.attributes.has("height_scale")) // opset 1
    return std::vector<float>{1, 1, node.attributes.real("height_scale", 1),
                              node.attributes.real("width_scale", 1)};
  const std::size_t place = isOld(node) ? 1 : 2;
  if (!node.has(place) || node.input(place).dims == Dims{0}) return std::nullopt;
  const Literal literal = node.constant(place, "its scales");
  std::vector<float> scales;
  for (std::size_t i = 0; i < literal.count(); ++i)
    scales.push_back(static_cast<float>(literal.real(i)));
  return scales;
}

// Of the dimensions that are spoken of, which have these extents. Where they are cropped scales are those of
// what is left, and the ends alone say where elements lie.
std::vector<Size> sizesOf(NodeImport &node, const Dims &from, const std::vector<float> &roi) {
  const std::string policy = node.attributes.text("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch" && policy != "not_larger" && policy != "not_smaller")
    node.refuse(fmt::format("its keep_aspect_ratio_policy is '{}'", asLine(policy, 40)));
  const std::optional<std::vector<float>> scales = scalesOf(node);
  const std::vector<std::int64_t> sizes =
      scales || node.failed() ? std::vector<std::int64_t>{} : node.integers(3, "its sizes");
  const std::size_t count = scales ? scales->size() : sizes.size();
  if (!node.failed() && count != from.size())
    node.refuse(
        fmt::format("it has {} {} for {} dimensions", count, scales ? "scales" : "sizes", from.size()));
  if (node.failed()) return {};
  std::vector<Size> result;
  if (!scales && policy != "stretch") return withOneScale(from, sizes, policy == "not_larger");
  for (std::size_t i = 0; i < count; ++i) {
    if (!scales)
      result.push_back({sizes[i], {}});
    else if (roi.empty())
      result.push_back(sizeByScale(from[i], (*scales)[i]));
    else
      result.push_back({sizeByScale(from[i], (roi[count + i] - roi[i]) * (*scales)[i]).extent, {}});
  }
  return result;
}

// The dimensions that are spoken of; none of them is empty.
std::vector<std::size_t> resizedAxes(NodeImport &node, const Dims &from) {
  std::vector<std::size_t> along;
  if (const auto axes = node.attributes.integers("axes"))
    for (std::int64_t axis : *axes)
      along.push_back(node.axis(axis, from.size()));
  else
    for (std::size_t i = 0; i < from.size(); ++i)
      along.push_back(i);
  for (std::size_t i = 0; i < along.size() && !node.failed(); ++i)
    if (from[along[i]] < 1) node.refuse(fmt::format("it resizes {}, which is empty", textOf(from)));
  return along;
}

// ---- cropping

// Of the dimensions that are spoken of the starts, then the ends; none by other rules.
std::vector<float> roiOf(NodeImport &node, const Resize &resize, std::size_t count) {
  if (resize.grid != ResizeGrid::cropAndResize) return {};
  const Literal literal = node.constant(1, "its roi");
  if (!node.failed() && literal.count() != 2 * count)
    node.refuse(fmt::format("its roi has {} numbers for {} dimensions; it takes each one's start, then each "
                            "one's end",
                            literal.count(), count));
  std::vector<float> roi;
  for (std::size_t i = 0; i < literal.count() && !node.failed(); ++i)
    roi.push_back(static_cast<float>(literal.real(i)));
  return roi;
}

// Which elements of the result lie in the operand, along a dimension: from the first to before the last.
std::pair<std::int64_t, std::int64_t> insideOf(const Resize &resize, const Shape &operand,
                                               std::size_t dimension) {
  std::int64_t first = 0, end = resize.shape[dimension];
  const auto isOutside = [&](std::int64_t element) {
    const double place = resizePlace(resize, operand, dimension, element);
    return !(place >= 0 && place <= static_cast<double>(operand[dimension] - 1));
  };
  while (end > first && isOutside(end - 1))
    --end;
  while (first < end && isOutside(first))
    ++first;
  return {first, end};
}

// The number that stands for elements that lie outside, around those that don't.
Meaning withoutOutside(NodeImport &node, const Resize &resize, const Shape &operand, Meaning x, float fill) {
  Pad pad;
  pad.fill = fill;
  for (std::size_t i = 0; i < resize.shape.size(); ++i) {
    const auto [first, end] = insideOf(resize, operand, i);
    if (first == end) { // all of them
      const Meaning none = combined(node, BinaryKind::mask, meaningOf(makeReals({}, {0})), x);
      return fill == 0 ? none : combined(node, BinaryKind::add, none, fill);
    }
    pad.before.push_back(first);
    pad.behind.push_back(resize.shape[i] - end);
    x.value = sliced(node, x.value, i, first, end - first, 1);
  }
  const bool isWhole =
      pad.before == pad.behind && std::ranges::count(pad.before, 0) == std::ssize(pad.before);
  if (!isWhole) x.value = node.append(std::move(pad), {x.value});
  return x;
}

void resize(NodeImport &node) {
  Resize resize = rulesOf(node);
  const float fill = node.attributes.real("extrapolation_value", 0);
  const Dims from = node.input(0).dims;
  const std::vector<std::size_t> along = resizedAxes(node, from);
  Dims extents;
  for (std::size_t i = 0; i < along.size() && !node.failed(); ++i)
    extents.push_back(from[along[i]]);
  const std::vector<float> roi = roiOf(node, resize, along.size());
  std::vector<Size> sizes = sizesOf(node, extents, roi);
  if (node.failed()) return;
  for (std::size_t i = 0; i < along.size(); ++i) // sizes are of the batch that they were written for
    if (along[i] == 0 && !sizes[i].scale && node.builder().meansBatch(sizes[i].extent))
      sizes[i].extent = from[0];
  const bool crops = !roi.empty();
  Dims dims = from;
  std::vector<float> scales(from.size(), 1), starts(from.size(), 0), ends(from.size(), 1);
  bool hasScales = false, isMoved = false;
  for (std::size_t i = 0; i < along.size(); ++i) {
    const auto [extent, scale] = sizes[i];
    dims[along[i]] = extent;
    if (extent < 1 && scale)
      return node.refuse(fmt::format("its scale {} makes nothing, or too much, of axis {} of {}", *scale,
                                     along[i], textOf(from)));
    if (extent < 1)
      return node.refuse(fmt::format("it makes {} of axis {} of {}", extent, along[i], textOf(from)));
    if (crops) starts[along[i]] = roi[i], ends[along[i]] = roi[along.size() + i];
    const bool isOwn = scale || starts[along[i]] != 0 || ends[along[i]] != 1;
    if ((extent != from[along[i]] || isOwn) && !node.ownAxis(along[i])) return;
    scales[along[i]] = scale.value_or(static_cast<float>(extent) / static_cast<float>(from[along[i]]));
    hasScales = hasScales || scale;
    isMoved = isMoved || isOwn;
  }
  if (dims == from && !isMoved) return node.give(node.input(0));
  resize.shape = node.shapeOf(dims);
  const auto first = static_cast<std::ptrdiff_t>(node.firstOwn());
  if (hasScales) resize.scales.assign(scales.begin() + first, scales.end());
  if (!crops) return node.give(node.append(std::move(resize), {node.value(0)}), dims);
  resize.roi.assign(starts.begin() + first, starts.end());
  resize.roi.insert(resize.roi.end(), ends.begin() + first, ends.end());
  const Meaning x{dims, std::nullopt, node.append(resize, {node.value(0)})};
  if (x.value) node.give(withoutOutside(node, resize, node.shapeOf(from), x, fill));
}

constexpr Operator table[] = {{"Resize", resize}, {"Upsample", resize}};

} // namespace

std::span<const Operator> resizingOperators() {
  return table;
}

} // namespace ninc::onnx_import
