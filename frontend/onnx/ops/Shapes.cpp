// Operators that move elements.
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ShapeRules.h"
#include "frontend/onnx/ops/Moves.h"

namespace ninc::onnx_import {

namespace {

// The same elements in their order under other extents. The batch stays in front, or there is none.
void giveReshaped(NodeImport &node, const Dims &dims) {
  if (node.failed()) return;
  const Dims &from = node.input(0).dims;
  if (node.isSplit() && (dims.empty() || dims[0] != from[0])) return node.mixImages();
  node.give(node.reshape(node.value(0), node.shapeOf(dims)), dims);
}

template <Dims (*rule)(NodeImport &)>
void reshaped(NodeImport &node) {
  giveReshaped(node, rule(node));
}

void transpose(NodeImport &node) {
  const std::vector<std::size_t> order = permutation(node);
  if (node.failed()) return;
  const Dims &from = node.input(0).dims;
  Dims dims;
  for (std::size_t axis : order)
    dims.push_back(from[axis]);
  if (node.isSplit() && (order.empty() || order[0] != 0)) return node.mixImages();
  std::vector<std::size_t> own;
  for (std::size_t i = node.firstOwn(); i < order.size(); ++i)
    own.push_back(order[i] - node.firstOwn());
  const Dims shape(from.begin() + static_cast<std::ptrdiff_t>(node.firstOwn()), from.end());
  node.give(transposed(node, node.value(0), shape, own, node.shapeOf(dims)), dims);
}

void concat(NodeImport &node) {
  if (node.inputCount() == 0) return node.refuse("it has no inputs");
  const Dims &first = node.input(0).dims;
  const std::size_t axis = node.axis(node.attributes.integer("axis", 1), first.size());
  if (node.failed()) return;
  const std::optional<std::size_t> own = node.ownAxis(axis);
  if (!own) return;
  Dims dims = first;
  dims[axis] = 0;
  std::vector<Value> operands;
  for (std::size_t i = 0; i < node.inputCount(); ++i) {
    const Dims &part = node.input(i).dims;
    if (node.failed()) return;
    Dims like = part;
    if (like.size() == dims.size()) like[axis] = dims[axis];
    if (like != dims)
      return node.refuse(
          fmt::format("it can't join {} and {} along axis {}", textOf(first), textOf(part), axis));
    dims[axis] += part[axis];
    if (part[axis] > 0) operands.push_back(node.value(i));
  }
  node.give(node.append(Concat{static_cast<std::int64_t>(*own)}, std::move(operands)), dims);
}

void slice(NodeImport &node) {
  const std::vector<SliceRange> ranges = sliceRanges(node);
  if (node.failed()) return;
  Meaning x = node.input(0);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto [start, step, count] = ranges[i];
    if (start == 0 && step == 1 && count == x.dims[i]) continue;
    if (count < 1)
      return node.refuse(fmt::format("it takes {} elements along axis {} of {}; one or more are supported",
                                     count, i, textOf(x.dims)));
    const std::optional<std::size_t> axis = node.ownAxis(i);
    if (!axis) return;
    const bool turns = step < 0 && count > 1;
    x.value = sliced(node, x.value, *axis, turns ? start + (count - 1) * step : start, count,
                     count > 1 ? std::abs(step) : 1);
    if (turns) x.value = reversed(node, x.value, *axis);
    x.dims[i] = count;
  }
  node.give(x);
}

void split(NodeImport &node) {
  const SplitParts parts = splitParts(node);
  if (node.failed()) return;
  const std::optional<std::size_t> axis = node.ownAxis(parts.axis);
  std::int64_t first = 0;
  for (std::size_t i = 0; axis && i < parts.sizes.size(); ++i) {
    Dims dims = node.input(0).dims;
    dims[parts.axis] = parts.sizes[i];
    if (parts.sizes[i] < 0)
      return node.refuse(fmt::format("one of its parts has {} elements", parts.sizes[i]));
    if (parts.sizes[i] == 0)
      node.give(meaningOf(makeReals(std::move(dims), {})), i);
    else if (node.wants(i))
      node.give(sliced(node, node.input(0).value, *axis, first, parts.sizes[i]), dims, i);
    first += parts.sizes[i];
  }
}

// By slices, one for each run of indices that follow one another.
void gather(NodeImport &node) {
  const Dims &from = node.input(0).dims;
  const Literal indices = node.constant(1, "its indices");
  const std::size_t along = node.axis(node.attributes.integer("axis", 0), from.size());
  if (node.failed()) return;
  if (indices.isReal())
    return node.refuse(
        fmt::format("its indices are {} numbers; integers are supported", spellingOf(indices.kind)));
  const std::optional<std::size_t> axis = node.ownAxis(along);
  if (!axis) return;
  const std::vector<std::int64_t> &list = indices.integers();
  std::vector<Value> parts;
  constexpr std::size_t mostParts = 1024;
  for (std::size_t i = 0; i < list.size();) {
    const std::int64_t first = list[i] < 0 ? list[i] + from[along] : list[i];
    std::size_t count = 1;
    while (i + count < list.size() && list[i + count] == list[i] + static_cast<std::int64_t>(count) &&
           first + static_cast<std::int64_t>(count) < from[along])
      ++count;
    if (first < 0 || first >= from[along])
      return node.refuse(fmt::format("index {} is outside axis {} of {}", list[i], along, textOf(from)));
    if (parts.size() == mostParts) return node.refuse("its indices are of too many kinds");
    parts.push_back(sliced(node, node.input(0).value, *axis, first, static_cast<std::int64_t>(count)));
    i += count;
  }
  if (parts.empty()) return node.refuse("it has no indices");
  Dims dims = from; // with the indices' dimensions in the place of the axis
  const auto place = dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(along));
  dims.insert(place, indices.dims.begin(), indices.dims.end());
  const Value joined =
      parts.size() == 1 ? parts[0] : node.append(Concat{static_cast<std::int64_t>(*axis)}, parts);
  node.give(node.reshape(joined, node.shapeOf(dims)), dims);
}

constexpr Operator table[] = {
    {"Reshape", reshaped<reshapedDims>},
    {"Flatten", reshaped<flattenedDims>},
    {"Squeeze", reshaped<squeezedDims>},
    {"Unsqueeze", reshaped<unsqueezedDims>},
    {"Transpose", transpose},
    {"Concat", concat},
    {"Slice", slice},
    {"Split", split},
    {"Gather", gather},
};

} // namespace

std::span<const Operator> shapeOperators() {
  return table;
}

} // namespace ninc::onnx_import
