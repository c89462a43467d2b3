// A graph folds maps, so what is kept goes in front: [outer, inner, 1] has a map for each result, whose mean
// is its average and whose largest element is that of a window as large as the map.
#include "frontend/onnx/ops/Reductions.h"

#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Arithmetic.h"
#include "frontend/onnx/ops/Moves.h"

namespace ninc::onnx_import {

namespace {

// Of Reduce operators: all axes where none are said.
std::vector<std::size_t> axesOf(NodeImport &node) {
  const std::size_t rank = node.input(0).dims.size();
  const auto given = node.axes(1, rank);
  if (given && !given->empty()) return *given;
  std::vector<std::size_t> all;
  if (node.attributes.integer("noop_with_empty_axes", 0) == 0)
    for (std::size_t i = 0; i < rank; ++i)
      all.push_back(i);
  return all;
}

void giveReduced(NodeImport &node, const Meaning &x, const std::vector<std::size_t> &axes) {
  const bool keeps = node.attributes.integer("keepdims", 1) != 0;
  node.attributes.pass("noop_with_empty_axes");
  if (node.failed()) return;
  Dims dims;
  for (std::size_t i = 0; i < x.dims.size(); ++i)
    if (keeps || !std::ranges::binary_search(axes, i)) dims.push_back(x.dims[i]);
  node.give(node.reshape(x.value, node.shapeOf(dims)), dims);
}

template <Fold fold>
void reduce(NodeImport &node) {
  const std::vector<std::size_t> axes = axesOf(node);
  giveReduced(node, folded(node, fold, node.input(0), axes), axes);
}

void reduceMinimum(NodeImport &node) {
  const std::vector<std::size_t> axes = axesOf(node);
  const Unary negative = usual(UnaryKind::neg);
  const Meaning largest = folded(node, Fold::maximum, applied(node, negative, node.input(0)), axes);
  giveReduced(node, applied(node, negative, largest), axes);
}

void reduceL1(NodeImport &node) {
  const std::vector<std::size_t> axes = axesOf(node);
  giveReduced(node, folded(node, Fold::sum, applied(node, usual(UnaryKind::abs), node.input(0)), axes), axes);
}

Meaning sumOfSquares(NodeImport &node, const std::vector<std::size_t> &axes) {
  const Meaning &x = node.input(0);
  return folded(node, Fold::sum, combined(node, BinaryKind::mul, x, x), axes);
}

void reduceSumSquare(NodeImport &node) {
  const std::vector<std::size_t> axes = axesOf(node);
  giveReduced(node, sumOfSquares(node, axes), axes);
}

void reduceL2(NodeImport &node) {
  const std::vector<std::size_t> axes = axesOf(node);
  giveReduced(node, applied(node, usual(UnaryKind::sqrt), sumOfSquares(node, axes)), axes);
}

constexpr Operator table[] = {
    {"ReduceMean", reduce<Fold::mean>},
    {"ReduceSum", reduce<Fold::sum>},
    {"ReduceMax", reduce<Fold::maximum>},
    {"ReduceMin", reduceMinimum},
    {"ReduceL1", reduceL1},
    {"ReduceL2", reduceL2},
    {"ReduceSumSquare", reduceSumSquare},
};

} // namespace

Meaning folded(NodeImport &node, Fold fold, const Meaning &x, const std::vector<std::size_t> &axes) {
  if (node.failed()) return {};
  if (axes.empty()) return x;
  if (x.literal) {
    node.refuse("it folds known numbers");
    return {};
  }
  if (node.isSplit() && axes.front() == 0) {
    node.mixImages();
    return {};
  }
  // What is kept goes in front.
  Dims kept = x.dims;
  const std::size_t first = node.firstOwn();
  std::int64_t outer = 1, inner = 1;
  std::vector<std::size_t> order, last;
  for (std::size_t i = first; i < x.dims.size(); ++i) {
    const bool isFolded = std::ranges::binary_search(axes, i);
    if (isFolded) kept[i] = 1;
    (isFolded ? inner : outer) *= x.dims[i];
    (isFolded ? last : order).push_back(i - first);
  }
  order.insert(order.end(), last.begin(), last.end());
  const Dims own(x.dims.begin() + static_cast<std::ptrdiff_t>(first), x.dims.end());
  const Value maps = transposed(node, x.value, own, order, {outer, inner, 1});
  if (fold == Fold::maximum) {
    MaxPool pool;
    pool.window.kernel = {inner, 1};
    return {kept, std::nullopt, node.reshape(node.append(std::move(pool), {maps}), node.shapeOf(kept))};
  }
  const Value means = node.append(GlobalAveragePool{}, {maps});
  const Meaning result{kept, std::nullopt, node.reshape(means, node.shapeOf(kept))};
  if (fold == Fold::mean || inner == 1) return result;
  return combined(node, BinaryKind::mul, result, static_cast<double>(inner));
}

std::span<const Operator> reductionOperators() {
  return table;
}

} // namespace ninc::onnx_import
