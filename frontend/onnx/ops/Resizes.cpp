// Operators that interpolate: what each dimension becomes, and by which rule.
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "frontend/onnx/Operators.h"
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
  resize.grid = valueOf<ResizeGrid, 5>(node, "coordinate_transformation_mode",
                                       isOld(node) ? "asymmetric" : "half_pixel",
                                       {{{"half_pixel", ResizeGrid::halfPixel},
                                         {"half_pixel_symmetric", ResizeGrid::halfPixelSymmetric},
                                         {"pytorch_half_pixel", ResizeGrid::pytorchHalfPixel},
                                         {"asymmetric", ResizeGrid::asymmetric},
                                         {"align_corners", ResizeGrid::alignCorners}}});
  resize.nearest = valueOf<NearestRule, 4>(node, "nearest_mode", isOld(node) ? "floor" : "round_prefer_floor",
                                           {{{"round_prefer_floor", NearestRule::preferFloor},
                                             {"round_prefer_ceil", NearestRule::preferCeil},
                                             {"floor", NearestRule::floor},
                                             {"ceil", NearestRule::ceil}}});
  resize.coefficient = node.attributes.real("cubic_coeff_a", -0.75f);
  resize.excludesOutside = node.attributes.integer("exclude_outside", 0) != 0;
  resize.antialiases = node.attributes.integer("antialias", 0) != 0;
  node.attributes.pass("extrapolation_value"); // of a rule that isn't supported
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
    const auto size = static_cast<std::int64_t>(exact + 0.5);
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

// Of the dimensions that are spoken of, which have these extents.
std::vector<Size> sizesOf(NodeImport &node, const Dims &from) {
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
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(scales ? sizeByScale(from[i], (*scales)[i]) : Size{sizes[i], {}});
  return result;
}

void resize(NodeImport &node) {
  Resize resize = rulesOf(node);
  const Dims from = node.input(0).dims;
  std::vector<std::size_t> along; // the dimensions that are spoken of
  Dims extents;
  if (const auto axes = node.attributes.integers("axes"))
    for (std::int64_t axis : *axes)
      along.push_back(node.axis(axis, from.size()));
  else
    for (std::size_t i = 0; i < from.size(); ++i)
      along.push_back(i);
  for (std::size_t i = 0; i < along.size() && !node.failed(); ++i) {
    extents.push_back(from[along[i]]);
    if (extents.back() < 1) node.refuse(fmt::format("it resizes {}, which is empty", textOf(from)));
  }
  const std::vector<Size> sizes = sizesOf(node, extents);
  if (node.failed()) return;
  Dims dims = from;
  std::vector<float> scales(from.size(), 1);
  bool hasScales = false;
  for (std::size_t i = 0; i < along.size(); ++i) {
    const auto [extent, scale] = sizes[i];
    dims[along[i]] = extent;
    if (extent < 1)
      return node.refuse(fmt::format("it makes {} of axis {} of {}", extent, along[i], textOf(from)));
    if ((extent != from[along[i]] || scale) && !node.ownAxis(along[i])) return;
    scales[along[i]] = scale.value_or(static_cast<float>(extent) / static_cast<float>(from[along[i]]));
    hasScales = hasScales || scale;
  }
  if (dims == from && !hasScales) return node.give(node.input(0));
  resize.shape = node.shapeOf(dims);
  if (hasScales)
    resize.scales.assign(scales.begin() + static_cast<std::ptrdiff_t>(node.firstOwn()), scales.end());
  node.give(node.append(std::move(resize), {node.value(0)}), dims);
}

constexpr Operator table[] = {{"Resize", resize}, {"Upsample", resize}};

} // namespace

std::span<const Operator> resizingOperators() {
  return table;
}

} // namespace ninc::onnx_import
