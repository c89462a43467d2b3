#include "frontend/onnx/ShapeRules.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc::onnx_import {

namespace {

std::int64_t product(const Dims &dims, std::size_t first, std::size_t last) {
  std::int64_t count = 1;
  for (std::size_t i = first; i < last; ++i)
    count *= dims[i];
  return count;
}

} // namespace

Dims reshapedDims(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  std::optional<std::vector<std::int64_t>> wanted = node.attributes.integers("shape");
  if (!wanted) wanted = node.integers(1, "its shape");
  const bool keepsZeros = node.attributes.integer("allowzero", 0) != 0;
  if (node.failed()) return {};
  Dims dims = *wanted;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && !keepsZeros && i < from.size()) dims[i] = from[i];
    if (dims[i] != -1) continue;
    if (open) node.refuse(fmt::format("its shape {} leaves two extents open", textOf(*wanted)));
    open = i;
  }
  const bool isComputed = !node.input(0).literal && !dims.empty() && !from.empty();
  if (isComputed && node.builder().meansBatch(dims[0])) dims[0] = from[0];
  std::int64_t before = 1, known = 1;
  Dims closed = dims;
  if (open) closed[*open] = 1;
  const bool good = countElements(from, before) && countElements(closed, known);
  if (open && good && known > 0) dims[*open] = before / known;
  std::int64_t after = 0;
  if (!good || !countElements(dims, after) || after != before)
    node.refuse(fmt::format("it makes {} of {}, which has other than as many elements", textOf(*wanted),
                            textOf(from)));
  return node.failed() ? Dims{} : dims;
}

Dims flattenedDims(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  const std::int64_t rank = static_cast<std::int64_t>(from.size());
  std::int64_t axis = node.attributes.integer("axis", 1);
  if (axis < -rank || axis > rank) node.refuse(fmt::format("axis {} is none of {} dimensions", axis, rank));
  if (node.failed()) return {};
  if (axis < 0) axis += rank;
  return {product(from, 0, static_cast<std::size_t>(axis)),
          product(from, static_cast<std::size_t>(axis), from.size())};
}

Dims squeezedDims(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  const auto axes = node.axes(1, from.size());
  Dims dims;
  for (std::size_t i = 0; i < from.size() && !node.failed(); ++i) {
    const bool named = axes && std::ranges::binary_search(*axes, i);
    if (named && from[i] != 1)
      node.refuse(
          fmt::format("axis {} of {} is {}, and only an extent of 1 can go", i, textOf(from), from[i]));
    if (!(named || (!axes && from[i] == 1))) dims.push_back(from[i]);
  }
  return dims;
}

Dims unsqueezedDims(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  std::size_t added = 0;
  if (node.has(1))
    added = node.integers(1, "its axes").size();
  else if (const auto given = node.attributes.integers("axes"))
    added = given->size();
  if (from.size() + added > mostDims) node.refuse(fmt::format("it makes more than {} dimensions", mostDims));
  if (node.failed()) return {};
  const auto axes = node.axes(1, from.size() + added);
  if (!axes) node.refuse("it doesn't say its axes");
  if (node.failed()) return {};
  Dims dims;
  std::size_t next = 0;
  for (std::size_t i = 0; i < from.size() + added; ++i)
    dims.push_back(std::ranges::binary_search(*axes, i) ? 1 : from[next++]);
  return dims;
}

std::vector<std::size_t> permutation(NodeImport &node) {
  const std::size_t rank = node.input(0).dims.size();
  std::vector<std::size_t> order;
  if (const auto given = node.attributes.integers("perm")) {
    for (std::int64_t each : *given)
      order.push_back(node.axis(each, rank));
  } else {
    for (std::size_t i = rank; i-- > 0;)
      order.push_back(i);
  }
  std::vector<std::size_t> sorted = order;
  std::ranges::sort(sorted);
  if (sorted.size() != rank || std::ranges::adjacent_find(sorted) != sorted.end())
    node.refuse(fmt::format("its perm is no order of {} dimensions", rank));
  return node.failed() ? std::vector<std::size_t>{} : order;
}

std::vector<SliceRange> sliceRanges(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  std::vector<SliceRange> ranges;
  for (std::int64_t extent : from)
    ranges.push_back({0, 1, extent});
  std::optional<std::vector<std::int64_t>> starts = node.attributes.integers("starts"),
                                           ends = node.attributes.integers("ends"),
                                           axes = node.attributes.integers("axes"), steps;
  if (!starts) starts = node.integers(1, "its starts");
  if (!ends) ends = node.integers(2, "its ends");
  if (node.has(3)) axes = node.integers(3, "its axes");
  if (node.has(4)) steps = node.integers(4, "its steps");
  const std::size_t count = starts->size();
  if (ends->size() != count || (axes && axes->size() != count) || (steps && steps->size() != count) ||
      (!axes && count > from.size()))
    node.refuse("it has not as many ends, axes or steps as starts");
  for (std::size_t i = 0; i < count && !node.failed(); ++i) {
    const std::size_t axis = node.axis(axes ? (*axes)[i] : static_cast<std::int64_t>(i), from.size());
    const std::int64_t step = steps ? (*steps)[i] : 1;
    if (step == 0 || step == INT64_MIN) node.refuse(fmt::format("a step of {}", step));
    if (node.failed()) break;
    const std::int64_t extent = from[axis];
    const auto place = [&](std::int64_t at) { // from behind if negative; beyond the tensor is at its end
      if (at < 0) at = at < -extent ? -1 : at + extent;
      return step > 0 ? std::clamp<std::int64_t>(at, 0, extent)
                      : std::clamp<std::int64_t>(at, -1, extent - 1);
    };
    const std::int64_t start = place((*starts)[i]), end = place((*ends)[i]);
    const std::int64_t distance = step > 0 ? end - start : start - end, stride = step > 0 ? step : -step;
    ranges[axis] = {start, step, distance > 0 ? (distance - 1) / stride + 1 : 0};
  }
  return ranges;
}

SplitParts splitParts(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  SplitParts parts;
  parts.axis = node.axis(node.attributes.integer("axis", 0), from.size());
  if (node.failed()) return parts;
  const std::int64_t extent = from[parts.axis];
  std::optional<std::vector<std::int64_t>> sizes = node.attributes.integers("split");
  if (node.has(1)) sizes = node.integers(1, "its parts");
  const auto outputs = static_cast<std::int64_t>(node.outputCount());
  const std::int64_t count = node.attributes.integer("num_outputs", outputs);
  if (!sizes && count == outputs) { // even parts, the last one smaller
    sizes.emplace();
    const std::int64_t each = (extent + count - 1) / count;
    for (std::int64_t rest = extent; count > 0 && static_cast<std::int64_t>(sizes->size()) < count;
         rest -= each)
      sizes->push_back(std::clamp<std::int64_t>(rest, 0, each));
  }
  std::int64_t sum = 0;
  for (std::size_t i = 0; sizes && i < sizes->size(); ++i)
    if ((*sizes)[i] < 0 || __builtin_add_overflow(sum, (*sizes)[i], &sum)) sum = -1;
  if (!sizes || sum != extent || sizes->size() != node.outputCount())
    node.refuse(fmt::format("its parts{} aren't axis {} of {} cut into {}", sizes ? " " + textOf(*sizes) : "",
                            parts.axis, textOf(from), node.outputCount()));
  else
    parts.sizes = std::move(*sizes);
  return parts;
}

} // namespace ninc::onnx_import
