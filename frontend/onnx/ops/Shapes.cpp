// Operators that move elements.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ShapeRules.h"

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

bool keepsOrder(const Dims &dims, const std::vector<std::size_t> &order) {
  std::vector<std::size_t> long_;
  std::ranges::copy_if(order, std::back_inserter(long_), [&](std::size_t axis) { return dims[axis] != 1; });
  return std::ranges::is_sorted(long_);
}

void transpose(NodeImport &node) {
  const std::vector<std::size_t> order = permutation(node);
  if (node.failed()) return;
  const Dims &from = node.input(0).dims;
  Dims dims;
  for (std::size_t axis : order)
    dims.push_back(from[axis]);
  if (node.isSplit() && (order.empty() || order[0] != 0)) return node.mixImages();
  if (!keepsOrder(from, order))
    return node.refuse(
        fmt::format("it puts the dimensions of {} into the order {}; those that change no element's "
                    "place are supported",
                    textOf(from), textOf({order.begin(), order.end()})));
  giveReshaped(node, dims);
}

void concat(NodeImport &node) {
  if (node.inputCount() == 0) return node.refuse("it has no inputs");
  const Dims &first = node.input(0).dims;
  const std::size_t axis = node.axis(node.attributes.integer("axis", 1), first.size());
  if (node.failed()) return;
  if (node.isSplit() && axis == 0) return node.mixImages();
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
  const std::int64_t place = static_cast<std::int64_t>(axis) - (node.isSplit() ? 1 : 0);
  node.give(node.append(Concat{place}, std::move(operands)), dims);
}

// All of it, which is what is left of a slice that an exporter wrote for a shape of its own.
void slice(NodeImport &node) {
  const std::vector<SliceRange> ranges = sliceRanges(node);
  if (node.failed()) return;
  const Dims &from = node.input(0).dims;
  for (std::size_t i = 0; i < ranges.size(); ++i)
    if (ranges[i].start != 0 || ranges[i].step != 1 || ranges[i].count != from[i])
      return node.refuse(
          fmt::format("it takes a part of {} along axis {}; slices of what isn't known when the model "
                      "is compiled aren't supported",
                      textOf(from), i));
  node.give(node.input(0));
}

constexpr Operator table[] = {
    {"Reshape", reshaped<reshapedDims>},
    {"Flatten", reshaped<flattenedDims>},
    {"Squeeze", reshaped<squeezedDims>},
    {"Unsqueeze", reshaped<unsqueezedDims>},
    {"Transpose", transpose},
    {"Concat", concat},
    {"Slice", slice},
};

} // namespace

std::span<const Operator> shapeOperators() {
  return table;
}

} // namespace ninc::onnx_import
